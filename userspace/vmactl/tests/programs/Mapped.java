// SPDX-License-Identifier: GPL-2.0-or-later
// What Java makes of a mapping that misbehaves: "load" reads each byte, "store" writes one to
// each page and forces them out.
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

class Mapped {
	public static void main(String[] words) throws Exception {
		try (FileChannel file = FileChannel.open(Path.of(words[1]), READ, WRITE)) {
			MappedByteBuffer map = file.map(MapMode.READ_WRITE, 0, file.size());
			long sum = 0;

			if (words[0].equals("store")) {
				for (int at = 0; at < map.capacity(); at += 4096)
					map.put(at, (byte)'x');
				map.force();
			} else {
				for (int at = 0; at < map.capacity(); at++)
					sum += map.get(at);
			}
			System.out.println(sum);
		}
	}
}
