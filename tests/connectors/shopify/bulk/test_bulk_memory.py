"""Regrouping takes as much memory for a large file as for a small one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = '''
import sys
from pathlib import Path
from connectors.shopify.bulk.assemble import SHAPES
from connectors.shopify.bulk.regroup import Regrouping

META = b'{"id":"gid://shopify/Metafield/%d","key":"care","value":"' + b"w" * 300 + b'","__parentId":"gid://shopify/Product%b/%d"}\\n'

def run(products):
    """Products with two variants of three metafields each; those of the variants come last of all."""
    folder = Path(sys.argv[1]) / str(products)
    folder.mkdir()
    main, places = folder / "main", folder / "places"
    with main.open("wb") as file, places.open("wb") as other:
        for n in range(products):
            file.write(b'{"id":"gid://shopify/Product/%d","title":"x"}\\n' % n + META % (n, b"", n))
            other.write(b'{"id":"gid://shopify/Product/%d"}\\n' % n)
            for v in (2 * n, 2 * n + 1):
                line = b'{"id":"gid://shopify/ProductVariant/%d","inventoryItem":{"id":"x"},"__parentId":"gid://shopify/Product/%d"}\\n'
                file.write(line % (v, n))
                other.write(line % (v, n))
        for n in range(6 * products):
            file.write(META % (n, b"Variant", n // 3))
    work = Regrouping(SHAPES["products"], folder, main.stat().st_size + places.stat().st_size)
    work.take(main)
    work.take(places)
    work.settle()
    found = sum(one.body.count(b"Metafield") for group in work.groups() for one in group)
    assert found == 7 * products, found
    # not getrusage: its peak is inherited from the process that started us
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024

small = run(5_000)
print(run(20_000) - small)
'''


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from Linux's /proc")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Some 65 MB of lines after some 16 MB: what grows is the table of which product a variant is of."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 30
