# mypy: ignore-errors
"""A products pipeline in dlt's usual idiom. Run by the dlt environment's Python, never imported by us.

`iterate URL` writes the rows as JSON lines; `load URL DATABASE FOLDER` extracts, normalises and merges them into PostgreSQL;
`follow URL DATABASE FOLDER` does that with a cursor on the modification date, kept from run to run.
"""

from __future__ import annotations

import sys

import dlt
from dlt.common import json
from dlt.sources.rest_api import rest_api_source


def products(url, *, follow=False):
    """The source: one resource, paged by the Link header."""
    params = {"per_page": 100, "dates_are_gmt": "true"}
    if follow:
        cursor = {"type": "incremental", "cursor_path": "date_modified_gmt", "initial_value": "2020-01-01T00:00:00"}
        params["modified_after"] = cursor
    return rest_api_source(
        {
            "client": {
                "base_url": url + "/wp-json/wc/v3/",
                "auth": {"type": "http_basic", "username": "ck_bench", "password": "cs_bench"},
                "paginator": "header_link",
            },
            "resources": [
                {
                    "name": "products",
                    "primary_key": "id",
                    "write_disposition": "merge",
                    "endpoint": {"path": "products", "params": params},
                }
            ],
        }
    )


def main(verb, url, database="", folder=""):
    """What the command line says."""
    if verb == "iterate":
        for row in products(url).resources["products"]:
            sys.stdout.buffer.write(json.dumpb(row) + b"\n")
        return
    destination = dlt.destinations.postgres(database)
    pipeline = dlt.pipeline("shop", pipelines_dir=folder, destination=destination, dataset_name="shop")
    print(pipeline.run(products(url, follow=verb == "follow")))


if __name__ == "__main__":
    main(*sys.argv[1:])
