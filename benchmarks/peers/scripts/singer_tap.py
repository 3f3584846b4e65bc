# mypy: ignore-errors
"""A products tap in the singer-sdk's usual idiom. Run by the singer environment's Python, never imported by us."""

from __future__ import annotations

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import BasicAuthenticator
from singer_sdk.pagination import PageNumberPaginator

PAGE = 100
ANYTHING = th.ArrayType(th.ObjectType(additional_properties=True))
TEXT = """name slug permalink date_created date_created_gmt date_modified type status catalog_visibility description
    short_description sku price regular_price sale_price date_on_sale_from date_on_sale_from_gmt date_on_sale_to
    date_on_sale_to_gmt external_url button_text tax_status tax_class backorders weight shipping_class average_rating
    purchase_note stock_status post_password global_unique_id"""
WHOLE = """total_sales download_limit download_expiry stock_quantity low_stock_amount shipping_class_id rating_count
    parent_id menu_order"""
YES_NO = """featured on_sale purchasable virtual downloadable manage_stock backorders_allowed backordered
    sold_individually shipping_required shipping_taxable reviews_allowed has_options"""
NUMBERS = "upsell_ids cross_sell_ids variations grouped_products related_ids"
OBJECTS = "downloads categories brands tags images attributes default_attributes meta_data"


class FullPages(PageNumberPaginator):
    """Goes on while pages are full."""

    def has_more(self, response):
        return len(response.json()) == PAGE


class Products(RESTStream):
    """GET /products, filtered by the bookmark."""

    name = "products"
    path = "/products"
    primary_keys = ("id",)
    replication_key = "date_modified_gmt"
    schema = th.PropertiesList(
        th.Property("id", th.IntegerType),
        th.Property("date_modified_gmt", th.DateTimeType),
        *(th.Property(name, th.StringType) for name in TEXT.split()),
        *(th.Property(name, th.IntegerType) for name in WHOLE.split()),
        *(th.Property(name, th.BooleanType) for name in YES_NO.split()),
        *(th.Property(name, th.ArrayType(th.IntegerType)) for name in NUMBERS.split()),
        *(th.Property(name, ANYTHING) for name in OBJECTS.split()),
        th.Property("dimensions", th.ObjectType(additional_properties=True)),
        th.Property("_links", th.ObjectType(additional_properties=True)),
    ).to_dict()

    @property
    def url_base(self):
        return self.config["url"] + "/wp-json/wc/v3"

    @property
    def authenticator(self):
        return BasicAuthenticator(username=self.config["key"], password=self.config["secret"])

    def get_new_paginator(self):
        return FullPages(1)

    def get_url_params(self, context, next_page_token):
        params = {"per_page": PAGE, "page": next_page_token or 1, "dates_are_gmt": "true"}
        if since := self.get_starting_timestamp(context):
            params["modified_after"] = since.strftime("%Y-%m-%dT%H:%M:%S")
        return params


class TapShop(Tap):
    """One stream, a URL and a key."""

    name = "tap-shop"
    config_jsonschema = th.PropertiesList(
        th.Property("url", th.StringType, required=True),
        th.Property("key", th.StringType, required=True),
        th.Property("secret", th.StringType, required=True, secret=True),
    ).to_dict()

    def discover_streams(self):
        return [Products(self)]


if __name__ == "__main__":
    TapShop.cli()
