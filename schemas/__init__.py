"""The canonical nouns: frozen pydantic models without I/O. They import nothing of ours but each other."""
