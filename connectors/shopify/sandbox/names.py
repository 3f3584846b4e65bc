"""What the seeded shop sells, where and to whom: accents, kanji, right-to-left text, emoji, quotes, markup and long names."""

from __future__ import annotations

#: (title, type, names of its options, prices in minor units of EUR)
PRODUCTS = (
    ("Bague solitaire « Émeraude » 18 ct", "Bijoux", ("Taille", "Métal"), 124900),
    ("Sac cabas « Été à Deauville » 👜", "Maroquinerie", ("Couleur", "Format"), 89000),
    ("قلادة ذهبية منقوشة", "Bijoux", ("Métal",), 45900),
    ("Chemise en soie « Nuit étoilée » ✨", "Prêt-à-porter", ("Taille", "Couleur"), 29550),
    ("Vase soufflé « Forêt d’émeraude »", "Décoration", (), 18075),
    ("שרשרת כסף עם חריטה אישית", "Bijoux", ("Métal", "Format"), 15999),
    ("Portefeuille à rabat “grain d’orge”", "Maroquinerie", ("Couleur",), 32000),
    ("Étole cachemire 日本語テスト", "Prêt-à-porter", ("Couleur",), 41000),
    ("Bougie <em>Figuier & thé noir</em> 240 g", "Décoration", (), 6333),
    ("Boucles d'oreilles créoles", "Bijoux", ("Métal", "Taille", "Format"), 21890),
    ("Ceinture réversible gravée \\ 35 mm", "Maroquinerie", ("Taille", "Couleur"), 27505),
    ("Коробка для украшений «Байкал»", "Décoration", ("Format",), 9990),
    (
        "Malle de voyage gainée main, très longue désignation qui dépasse largement ce que prévoit une étiquette ordinaire",
        "Maroquinerie",
        ("Format", "Couleur"),
        1290099,
    ),
)
VALUES = {
    "Taille": ("XS", "S", "M", "L", "XL", "50 ½", "52", "54"),
    "Métal": ("Or jaune 18 ct", "Or rose", "Argent 925", "Platine"),
    "Couleur": ("Noir", "Vert émeraude", "Rouge / bordeaux", "黒", "Bleu « nuit »", "Ivoire"),
    "Format": ("Petit", "Moyen", "Grand", "15 × 20"),
}
SWATCHES = {"Noir": "#000000", "Vert émeraude": "#046307", "Ivoire": "#FFFFF0"}
CATEGORIES = {
    "Bijoux": ("aa-6", "Jewelry", "Apparel & Accessories > Jewelry"),
    "Maroquinerie": ("aa-5", "Handbags, Wallets & Cases", "Apparel & Accessories > Handbags, Wallets & Cases"),
    "Prêt-à-porter": ("aa-1", "Clothing", "Apparel & Accessories > Clothing"),
    "Décoration": ("hg-3", "Decor", "Home & Garden > Decor"),
}
TAGS = ("gravable", "Édition limitée", "noël 🎄", "atelier-paris", "RSE: recyclé", "新作")
COLLECTIONS = ("Haute joaillerie", "Cadeaux 🎁", "Maison & lumière", "Nouveautés d’automne")
LOCATIONS = ("Atelier Paris 3ᵉ", "Réserve Lyon", "Boutique København")
#: (first name, last name, street, city, zip, province and its code, country and its code, locale)
PEOPLE = (
    ("Marie", "Lefèvre", "12 bis, rue de l’Échiquier", "Paris", "75010", (None, None), ("France", "FR"), "fr"),
    ("雪", "田中", "神宮前 1-2-3", "渋谷区", "150-0001", ("Tōkyō", "JP-13"), ("Japan", "JP"), "ja"),
    ("Ann O'Neil", "Smith-Jones", "500 Howard St #4", "San Francisco", "94107", ("California", "CA"), ("États-Unis", "US"), "en"),
    ("Bob", None, "10 Downing Street", "London", "SW1A 1AA", (None, None), ("United Kingdom", "GB"), "en-GB"),
    ("محمد", "العلي", "شارع الخليج العربي", "الكويت", "13001", (None, None), ("Kuwait", "KW"), "ar"),
    ("Zoé", "Müller-Straße", "Hohe Straße 1", "Köln", "50667", (None, None), ("Germany", "DE"), "de"),
    ("Ève 🌸", "d’Hérouville", "3, place Bellecour", "Lyon", "69002", (None, None), ("France", "FR"), "fr"),
)
ENGRAVINGS = ("Pour toujours ♥", "À l’infini…", "愛", "לנצח", "M & J — 14/02", "Joyeux Noël 🎄")
CARRIERS = (
    ("Colissimo", "https://www.laposte.fr/outils/suivre-vos-envois?code="),
    ("UPS", "https://www.ups.com/track?tracknum="),
)
