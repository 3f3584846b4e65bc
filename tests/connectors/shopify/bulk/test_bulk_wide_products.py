"""Products of as many variants as Shopify allows are handed out and mapped a few at a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import asyncio, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from connectors.shopify.bulk.assemble import SHAPES
from connectors.shopify.bulk.export import paged
from connectors.shopify.bulk.regroup import Regrouping
from connectors.shopify.connector import RESOURCES
from hub.catalog.canonical import canonical
from hub.ports import ShopSettings

VARIANTS, METAFIELDS, PRODUCTS_THERE = 2048, 3, 20
META = (b'{"id":"gid://shopify/Metafield/%d","namespace":"custom","key":"care","type":"single_line_text_field","value":"'
        + b"w" * 100 + b'","updatedAt":"2026-10-01T10:00:00Z","compareDigest":"' + b"d" * 64 + b'"')
VARIANT = (b'{"id":"gid://shopify/ProductVariant/%d","title":"L","sku":"SKU-%d","price":"19.90","position":1,'
           b'"inventoryItem":{"id":"gid://shopify/InventoryItem/%d","tracked":true}')
PARENT = b',"__parentId":"gid://shopify/%b/%d"}\\n'

async def main():
    folder = Path(sys.argv[1])
    main, places = folder / "main", folder / "places"
    with main.open("wb") as file, places.open("wb") as other:
        for n in range(PRODUCTS_THERE):
            file.write(b'{"id":"gid://shopify/Product/%d","title":"x"}\\n' % n)
            other.write(b'{"id":"gid://shopify/Product/%d"}\\n' % n)
            for v in range(n * VARIANTS, (n + 1) * VARIANTS):
                line = VARIANT % (v, v, v) + PARENT % (b"Product", n)
                file.write(line)
                file.writelines(META % (v * METAFIELDS + m) + PARENT % (b"ProductVariant", v) for m in range(METAFIELDS))
                other.write(line)
    work = Regrouping(SHAPES["products"], folder, main.stat().st_size + places.stat().st_size)
    work.take(main)
    work.take(places)
    work.settle()
    before, found = peak(), 0
    with ThreadPoolExecutor(1) as thread:
        async for records, _ in paged(work, 0, thread):
            docs = [canonical(RESOURCES[0], ShopSettings("EUR"), one.body, ())[1] for one in records]
            found += sum(doc.count(b'"namespace":"custom"') for doc in docs)
    assert found == PRODUCTS_THERE * VARIANTS * METAFIELDS, found
    return peak() - before

def peak():
    # not getrusage: its peak is inherited from the process that started us
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024

print(asyncio.run(main()))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from Linux's /proc")
def test_twenty_of_the_widest_products_are_not_held_at_once(tmp_path: Path) -> None:
    """Some 60 MB of trees, and as much again of documents: all at once they would take a quarter of a gigabyte."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 110
