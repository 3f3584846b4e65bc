"""3D models and pictures go through a staged upload, once, and the shop's verdict on them is waited for."""

from __future__ import annotations

import json
import struct

import pytest

from connectors.shopify.writer import ShopifyWriter
from hub.errors import PermanentError
from hub.ports import MediaWriter, Resource, Upload
from tests.connectors.shopify.client.stock import ORDERS, PRODUCTS, Opened, opened, product


def glb(name: str = "ring") -> bytes:
    """The smallest binary glTF there is."""
    text = json.dumps({"asset": {"version": "2.0", "generator": name}}).encode()
    text += b" " * (-len(text) % 4)
    return b"glTF" + struct.pack("<II", 2, 20 + len(text)) + struct.pack("<I4s", len(text), b"JSON") + text


MODEL = Upload("bague céleste.glb", "model/gltf-binary", glb(), "Une bague, vue de tous côtés")


async def ready(shop: Opened, id: str) -> str:
    state = await ShopifyWriter(shop.store)._media.ready(id, 10)
    return f"{state.status} {state.reason}".strip()


async def test_a_model_is_uploaded_put_on_its_product_and_served() -> None:
    async with opened() as shop:
        ring = product(shop.state, media=[])
        writer = ShopifyWriter(shop.store)
        assert isinstance(writer, MediaWriter)
        state = await writer.add_media(PRODUCTS, ring, MODEL)
        assert state.status == "processing"
        assert await ready(shop, state.id) == "ready"
        kept = shop.state.objects["Model3d"][state.id]
        assert shop.state.objects["Product"][ring]["media"] == [state.id]
        assert (kept["alt"], kept["filename"].startswith("bague céleste-")) == (MODEL.alt, True)
        url = (await writer.media_state(state.id)).url
        assert url is not None
        got = await shop.store.http.request("GET", url)
    assert got.body == MODEL.content


async def test_the_same_model_again_makes_no_twin() -> None:
    async with opened() as shop:
        ring = product(shop.state, media=[])
        writer = ShopifyWriter(shop.store)
        first = await writer.add_media(PRODUCTS, ring, MODEL)
        again = await writer.add_media(PRODUCTS, ring, MODEL)
        other = await writer.add_media(PRODUCTS, ring, Upload(MODEL.filename, MODEL.mime, glb("bracelet")))
    assert (first.id, len({first.id, again.id, other.id})) == (again.id, 2)


async def test_pictures_that_are_there_stay_there() -> None:
    async with opened() as shop:
        ring = product(shop.state, media=[])
        writer = ShopifyWriter(shop.store)
        picture = await writer.add_media(PRODUCTS, ring, Upload("a.png", "image/png", b"\x89PNG\r\n\x1a\n1", "Face"))
        assert await ready(shop, picture.id) == "ready"
        model = await writer.add_media(PRODUCTS, ring, MODEL)
        assert shop.state.objects["Product"][ring]["media"] == [picture.id, model.id]
        assert not [one for one in shop.asked if "productSet(" in one["query"]]


async def test_a_file_that_is_no_model_fails_with_the_shops_reason() -> None:
    async with opened() as shop:
        ring = product(shop.state, media=[])
        state = await ShopifyWriter(shop.store).add_media(PRODUCTS, ring, Upload("a.glb", MODEL.mime, b"not a model"))
        assert await ready(shop, state.id) == "failed MODEL3D_VALIDATION_ERROR: it is not a GLB file"


async def test_the_shops_token_is_not_sent_to_the_storage() -> None:
    async with opened() as shop:
        ring = product(shop.state, media=[])
        state = await ShopifyWriter(shop.store).add_media(PRODUCTS, ring, MODEL)
        # the sandbox's storage refuses any form that comes with the token
        assert await ready(shop, state.id) == "ready"


async def test_another_form_of_model_is_refused_before_anything_is_sent() -> None:
    async with opened() as shop:
        with pytest.raises(PermanentError, match="takes no model/fbx"):
            await ShopifyWriter(shop.store).add_media(PRODUCTS, "gid://shopify/Product/1", Upload("a", "model/fbx", b"x"))
        assert not shop.asked


@pytest.mark.parametrize("resource", [PRODUCTS, ORDERS], ids=lambda resource: resource.name)
async def test_a_document_becomes_a_file_of_the_shop(resource: Resource) -> None:
    async with opened() as shop:
        certificate = Upload("certificat.pdf", "application/pdf", b"%PDF-1.7", "Certificat")
        state = await ShopifyWriter(shop.store).add_media(resource, "gid://shopify/Product/1", certificate)
        assert await ready(shop, state.id) == "ready"
        url = (await ShopifyWriter(shop.store).media_state(state.id)).url
        assert url is not None
        assert (await shop.store.http.request("GET", url)).body == b"%PDF-1.7"


async def test_a_product_that_is_gone_is_said_to_be_gone() -> None:
    async with opened() as shop:
        with pytest.raises(PermanentError, match="has no gid://shopify/Product/1 any more"):
            await ShopifyWriter(shop.store).add_media(PRODUCTS, "gid://shopify/Product/1", MODEL)
