"""A Shopify shop of any size for the benchmark: the sandbox answers, and its bulk files are written from templates."""
