"""A small 3D model, made here: a cut stone of eight faces as binary glTF 2.0 (GLB)."""

from __future__ import annotations

import json
import struct

CORNERS = ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))
FACES = ((0, 2, 4), (2, 1, 4), (1, 3, 4), (3, 0, 4), (2, 0, 5), (1, 2, 5), (3, 1, 5), (0, 3, 5))
FLOAT, SHORT = 5126, 5123  # glTF's words for the types of numbers


def glb() -> bytes:
    """The file's bytes: header, a chunk of JSON, a chunk of numbers (Khronos, "glTF 2.0 specification", §4.4)."""
    places = b"".join(struct.pack("<3f", *(0.01 * value for value in corner)) for corner in CORNERS)
    order = b"".join(struct.pack("<3H", *face) for face in FACES)
    told = {
        "asset": {"version": "2.0", "generator": "luneo demo"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "stone"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": FLOAT, "count": 6, "type": "VEC3", "min": [-0.01] * 3, "max": [0.01] * 3},
            {"bufferView": 1, "componentType": SHORT, "count": 24, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": len(places)},
            {"buffer": 0, "byteOffset": len(places), "byteLength": len(order)},
        ],
        "buffers": [{"byteLength": len(places) + len(order)}],
    }
    text, numbers = json.dumps(told, separators=(",", ":")).encode(), places + order
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(numbers), b"BIN\0") + numbers
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
