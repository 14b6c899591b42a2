// SPDX-License-Identifier: GPL-2.0
/*
 * A driver of PCI functions, each of whose memory BARs becomes a region. It has no table of
 * devices: it binds to what driver_override or new_id names, and to nothing by itself.
 *
 * It does nothing with a device, nor lets it master the bus. When the device goes, its
 * regions are revoked for good; who has a handle or a mapping of one keeps the region.
 */
#include <linux/err.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "bar.h"

static bool write_combine;
module_param(write_combine, bool, 0644);
MODULE_PARM_DESC(write_combine,
		 "prefetchable memory of PCI devices that are bound from now on [N]");

/* Regions by the number of their BARs; NULL: that is none. */
struct function {
	struct vmadev_region *regions[PCI_STD_NUM_BARS];
};

static u32 bar_cache(struct pci_dev *dev, int nr)
{
	bool combines = READ_ONCE(write_combine) &&
			pci_resource_flags(dev, nr) & IORESOURCE_PREFETCH;

	return combines ? VMADEV_CACHE_WC : VMADEV_CACHE_UC;
}

static struct vmadev_bar *bar_map(struct pci_dev *dev, int nr, u32 cache)
{
	resource_size_t start = pci_resource_start(dev, nr), bytes = pci_resource_len(dev, nr);
	struct vmadev_bar *bar = kzalloc_obj(*bar, GFP_KERNEL);

	if (!bar)
		return NULL;
	bar->pfn = PHYS_PFN(start);
	bar->base = cache == VMADEV_CACHE_WC ? ioremap_wc(start, bytes) : ioremap(start, bytes);
	if (bar->base)
		return bar;
	kfree(bar);
	return NULL;
}

static struct vmadev_region *region_create(struct pci_dev *dev, int nr)
{
	char name[VMADEV_NAME_MAX];
	struct vmadev_region_spec spec = {
		.backing = &vmadev_backing_bar,
		.bytes = pci_resource_len(dev, nr),
		.name = name,
		.node = NUMA_NO_NODE,
		.cache = bar_cache(dev, nr),
	};
	struct vmadev_region *region;
	void __iomem *base;

	spec.bar = bar_map(dev, nr, spec.cache);
	if (!spec.bar)
		return ERR_PTR(-ENOMEM);
	base = spec.bar->base;
	snprintf(name, sizeof(name), "%s.bar%d", pci_name(dev), nr);
	region = vmadev_region_create(&spec);
	if (IS_ERR(region)) {
		iounmap(base);
		kfree(spec.bar);
	}
	return region;
}

static struct vmadev_region *bar_take(struct pci_dev *dev, int nr)
{
	struct vmadev_region *region;
	int err = pci_request_region(dev, nr, KBUILD_MODNAME);

	if (err)
		return ERR_PTR(err);
	region = region_create(dev, nr);
	if (IS_ERR(region))
		pci_release_region(dev, nr);
	return region;
}

static void bar_give_back(struct pci_dev *dev, int nr, struct vmadev_region *region)
{
	vmadev_region_end(region);
	iounmap(region->bar->base);
	pci_release_region(dev, nr);
	vmadev_region_put(region);
}

static void give_back_all(struct pci_dev *dev, struct function *function)
{
	int nr;

	for (nr = 0; nr < PCI_STD_NUM_BARS; nr++)
		if (function->regions[nr])
			bar_give_back(dev, nr, function->regions[nr]);
}

static bool is_mappable(struct pci_dev *dev, int nr)
{
	if (!(pci_resource_flags(dev, nr) & IORESOURCE_MEM) || !pci_resource_len(dev, nr))
		return false;
	if (PAGE_ALIGNED(pci_resource_start(dev, nr) | pci_resource_len(dev, nr)))
		return true;
	pci_info(dev, "BAR %d is left out: it shares its page with others\n", nr);
	return false;
}

static int take_all(struct pci_dev *dev, struct function *function)
{
	int nr, err = -ENODEV;

	for (nr = 0; nr < PCI_STD_NUM_BARS; nr++) {
		struct vmadev_region *region;

		if (!is_mappable(dev, nr))
			continue;
		region = bar_take(dev, nr);
		if (IS_ERR(region)) {
			err = PTR_ERR(region);
			give_back_all(dev, function);
			return err;
		}
		function->regions[nr] = region;
		err = 0;
	}
	if (err)
		pci_info(dev, "it has no BAR of pages of memory\n");
	return err;
}

static int vmadev_pci_probe(struct pci_dev *dev, const struct pci_device_id *id)
{
	struct function *function;
	int err;

	if (dev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return -EINVAL;
	function = kzalloc_obj(*function, GFP_KERNEL);
	if (!function)
		return -ENOMEM;
	err = pci_enable_device_mem(dev);
	if (err)
		goto free;
	pci_clear_master(dev);
	err = take_all(dev, function);
	if (err)
		goto disable;
	pci_set_drvdata(dev, function);
	return 0;
disable:
	pci_disable_device(dev);
free:
	kfree(function);
	return err;
}

static void vmadev_pci_remove(struct pci_dev *dev)
{
	struct function *function = pci_get_drvdata(dev);

	give_back_all(dev, function);
	pci_disable_device(dev);
	kfree(function);
}

static struct pci_driver vmadev_pci_driver = {
	.name	= KBUILD_MODNAME,
	.probe	= vmadev_pci_probe,
	.remove	= vmadev_pci_remove,
};

/**
 * vmadev_pci_init() - be there for devices that are given to the module
 *
 * Return: 0 or an error.
 */
int vmadev_pci_init(void)
{
	return pci_register_driver(&vmadev_pci_driver);
}

/**
 * vmadev_pci_exit() - let go of all of them
 */
void vmadev_pci_exit(void)
{
	pci_unregister_driver(&vmadev_pci_driver);
}
