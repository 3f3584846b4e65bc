"""The pages for people: rendered on the server, in English and French, light and dark, without any script."""
