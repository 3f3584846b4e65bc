"""Features of the hub that reach shops only through its ports. They are found under the entry-point group `luneo`, as a stranger's are."""
