// SPDX-License-Identifier: GPL-2.0-or-later
// Sections that have all the words, those first that have them in their headings.
"use strict";
const MOST = 50, AROUND = 90;
const asked = new URLSearchParams(location.search).get("q") || "";
const words = asked.toLowerCase().split(/\s+/).filter(Boolean);

function score([title, heading, , text]) {
	let sum = 0;
	for (const word of words) {
		const here = 8 * heading.toLowerCase().includes(word) + 4 * title.toLowerCase().includes(word) +
			text.toLowerCase().includes(word);
		if (!here)
			return 0;
		sum += here;
	}
	return sum;
}

function excerpt(text) {
	const at = Math.max(0, ...words.map(word => text.toLowerCase().indexOf(word)));
	const begin = Math.max(0, at - AROUND);
	return (begin ? "…" : "") + text.slice(begin, at + AROUND) + (at + AROUND < text.length ? "…" : "");
}

function show([title, heading, link, text]) {
	const item = document.createElement("li");
	const to = Object.assign(document.createElement("a"), {
		href: link, textContent: heading === title || !heading ? title : `${heading} (${title})` });
	item.append(to, Object.assign(document.createElement("p"), { textContent: excerpt(text) }));
	document.getElementById("results").append(item);
}

document.querySelector("input[name=q]").value = asked;
if (words.length) {
	const found = pages.map(page => [score(page), page]).filter(([sum]) => sum).sort(([a], [b]) => b - a);
	document.getElementById("found").textContent = !found.length ? `Nothing has “${asked}”.` :
		`${found.length} sections have “${asked}”` + (found.length > MOST ? `, the first ${MOST}:` : ":");
	for (const [, page] of found.slice(0, MOST))
		show(page);
}
