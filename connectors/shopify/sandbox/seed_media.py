"""Pictures, films and 3D models of products."""

from __future__ import annotations

from connectors.shopify.sandbox.state import Json, State

CDN = "https://cdn.shopify.com/s/files/1/0777/0000"


def media(state: State, index: int, title: str, stamp: str) -> list[Json]:
    """What is shown of one product: one to three pictures, a 3D model of every fourth, a film of every sixth."""
    made = [picture(state, f"{index:05d}-{place}", title, stamp) for place in range(1, 2 + index % 3)]
    if index % 4 == 0:
        made.append(model(state, index, stamp))
    if index % 6 == 3:
        made.append(film(state, index, stamp))
    if index % 12 == 7:
        made.append(elsewhere(state, stamp))
    for place, one in enumerate(made, 1):
        one["position"] = place
    return made


def picture(state: State, name: str, alt: str, stamp: str) -> Json:
    """A MediaImage; its Image has a gid of its own."""
    image = {
        "id": state.new_id("ImageSource"),
        "url": f"{CDN}/files/luneo-{name}.jpg?v=1767225600",
        "width": 1600,
        "height": 1200,
        "altText": alt,
    }
    body = {"alt": alt, "mediaContentType": "IMAGE", "status": "READY", "createdAt": stamp, "updatedAt": stamp}
    return state.put("MediaImage", {**body, "mimeType": "image/jpeg", "image": image, "metafields": []})


def model(state: State, index: int, stamp: str) -> Json:
    """A Model3d: the GLB as it was uploaded, and the USDZ that Shopify makes of it."""
    glb = {"url": f"{CDN}/models/{index:05d}.glb", "format": "glb", "mimeType": "model/gltf-binary", "filesize": 482_113 + index}
    usdz = {"url": f"{CDN}/models/{index:05d}.usdz", "format": "usdz", "mimeType": "model/vnd.usdz+zip", "filesize": 391_007}
    body = {"alt": "", "mediaContentType": "MODEL_3D", "status": "READY", "createdAt": stamp, "updatedAt": stamp}
    return state.put("Model3d", {**body, "filename": f"bague-{index:05d}.glb", "originalSource": glb, "sources": [glb, usdz]})


def film(state: State, index: int, stamp: str) -> Json:
    """A Video that Shopify serves."""
    source = {
        "url": f"{CDN}/videos/{index:05d}.mp4", "format": "mp4", "mimeType": "video/mp4", "width": 1920, "height": 1080,
        "fileSize": 7_340_032,
    }  # fmt: skip
    body = {"alt": "L’atelier 🎬", "mediaContentType": "VIDEO", "status": "READY", "createdAt": stamp, "updatedAt": stamp}
    return state.put("Video", {**body, "filename": f"atelier-{index:05d}.mp4", "duration": 12_480, "originalSource": source})


def elsewhere(state: State, stamp: str) -> Json:
    """A film that somebody else serves."""
    urls = {"embedUrl": "https://www.youtube.com/embed/dQw4w9WgXcQ", "originUrl": "https://www.youtube.com/watch?v=dQw4w9WgXcQ"}
    body = {"alt": None, "mediaContentType": "EXTERNAL_VIDEO", "status": "READY", "createdAt": stamp, "updatedAt": stamp}
    return state.put("ExternalVideo", {**body, **urls, "host": "YOUTUBE"})
