"""Whole resources at once by Shopify's bulk operations: start, wait, download, put the trees together again, hand out pages.

`operation.py` runs them, `spool.py` brings their files to disk, `lines.py` reads a line, `buckets.py` and `regroup.py` sort lines
to their trees in bounded memory, `assemble.py` joins a tree, `complete.py` adds what the files
lack, `export.py` hands it out in pages.
"""
