"""What the seeded store sells, and to whom: accents, kanji, right-to-left text, emoji, quotes, markup and long names."""

from __future__ import annotations

PRODUCTS = (
    "Bague solitaire « Émeraude » 18 ct",
    "Mug «日本語テスト» 🎁",
    "قلادة ذهبية منقوشة",
    "T-shirt personnalisé",
    'Carnet d’artiste "grand format" A4 & A5',
    "Lampe <script>alert(1)</script> de bureau",
    "שרשרת כסף עם חריטה",
    "Affiche \\ poster / 50 × 70",
    "Porte-clés en cuir 🔑👩‍👩‍👧",
    "Коробка для украшений",
    "Boucles d'oreilles",
    "Gravure sur bois, très longue désignation qui dépasse largement ce que prévoit une étiquette ordinaire",
)
COLORS = ("Bleu", "Rouge", "Vert émeraude", "黒", "Noir | mat")
SIZES = ("XS", "S", "M", "L", "XL", "XXL")
CATEGORIES = (
    {"id": 15, "name": "Uncategorized", "slug": "uncategorized"},
    {"id": 16, "name": "Bijoux", "slug": "bijoux"},
    {"id": 17, "name": "Bagues", "slug": "bagues"},
)
BRAND = {"id": 21, "name": "Luneo Atelier", "slug": "luneo-atelier"}
TAG = {"id": 20, "name": "personnalisable", "slug": "personnalisable"}
PEOPLE = (
    ("Marie", "Lefèvre", "Paris", "75011", "FR", ""),
    ("雪", "田中", "渋谷区", "150-0001", "JP", ""),
    ("Ann O'Neil", "Smith-Jones", "San Francisco", "94107", "US", "CA"),
    ("Bob", "", "London", "SW1A 1AA", "GB", ""),
    ("محمد", "العلي", "الكويت", "13001", "KW", ""),
    ("Zoé", "Müller-Straße", "Köln", "50667", "DE", "DE-NW"),
)
PRICES = {
    "EUR": ("20", "14.5", "1299.90", "9.99", "1.2345", "0", "49", "19.00", "7.35", "120.05"),
    "JPY": ("1200", "980", "25000", "0", "330", "4980"),
    "KWD": ("12.345", "3.5", "0.250", "99", "0", "7.005"),
}
SPEC = {
    "fields": [
        {"key": "engraving", "max": 20, "type": "text"},
        {"key": "metal", "type": "select", "options": ["or", "argent"]},
    ],
    "price_delta": 9.5,
    "limits": None,
}
