"""What the demo shop's goods are made of: colours, care, looks, families. Plain frozen values; no Blender here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shade:
    """A colour as the shop names it: sRGB hex, the basic colour word a shopper would use, and the Chinese name."""

    hex: str
    colour: str
    zh: str


SHADES: dict[str, Shade] = {
    "chalk white": Shade("F1EEE7", "white", "粉白色"),
    "ink black": Shade("1D1D20", "black", "墨黑色"),
    "charcoal": Shade("45484C", "grey", "炭灰色"),
    "stone grey": Shade("A3A39E", "grey", "岩灰色"),
    "mist blue": Shade("86A6C2", "blue", "雾蓝色"),
    "navy": Shade("22335A", "blue", "海军蓝"),
    "cobalt": Shade("2150B4", "blue", "钴蓝色"),
    "sage": Shade("93A985", "green", "鼠尾草绿"),
    "forest green": Shade("2C5A3F", "green", "森林绿"),
    "mustard": Shade("D9A127", "yellow", "芥末黄"),
    "lemon": Shade("F2D63F", "yellow", "柠檬黄"),
    "terracotta": Shade("C66C40", "orange", "陶土橙"),
    "tangerine": Shade("E8742A", "orange", "橘橙色"),
    "brick red": Shade("A8382C", "red", "砖红色"),
    "cherry": Shade("C01F30", "red", "樱桃红"),
    "blush": Shade("E6B4AF", "pink", "淡粉色"),
    "rose": Shade("D06F88", "pink", "玫瑰粉"),
    "lilac": Shade("A78FC6", "purple", "丁香紫"),
    "plum": Shade("5E345C", "purple", "梅紫色"),
    "oak": Shade("C79B69", "brown", "橡木色"),
    "walnut": Shade("6A432A", "brown", "胡桃木色"),
    "kraft": Shade("B48A5E", "brown", "牛皮纸色"),
    "sand": Shade("D2BE9C", "beige", "沙色"),
    "oat": Shade("DFD4C0", "beige", "燕麦色"),
    "brass": Shade("D0A548", "gold", "黄铜色"),
    "steel": Shade("C3C5C8", "silver", "钢银色"),
    "clear": Shade("FAFCFC", "clear", "透明"),
    "smoke": Shade("8C8F93", "grey", "烟灰色"),
    "amber": Shade("C9741F", "orange", "琥珀色"),
    "bottle green": Shade("4F8F5E", "green", "酒瓶绿"),
}

PATTERNS_ZH: dict[str, str] = {
    "plain": "",
    "striped": "条纹",
    "dotted": "波点",
    "checked": "格纹",
    "speckled": "斑点釉",
    "two-tone": "双色",
    "rimmed": "包边",
    "lettered": "字母",
    "ribbed": "竖棱",
    "faceted": "切面",
    "wood grain": "木纹",
}


@dataclass(frozen=True, slots=True)
class Care:
    """How a thing is cleaned; `dishwasher` and `microwave` are None where nobody would ask."""

    short: str
    dishwasher: bool | None
    microwave: bool | None
    sentences: tuple[str, ...]


TABLE_SAFE = Care(
    "dishwasher and microwave safe",
    True,
    True,
    (
        "Dishwasher safe and microwave safe.",
        "It goes in the dishwasher and the microwave without complaint.",
        "Safe for both dishwasher and microwave; let it cool before washing.",
        "You can put it in the microwave, and the dishwasher does the cleaning.",
        "Microwave it, then put it in the dishwasher: the glaze stands both.",
    ),
)
NO_MICROWAVE = Care(
    "dishwasher safe, not for the microwave",
    True,
    False,
    (
        "Dishwasher safe, but keep it out of the microwave.",
        "It may go in the dishwasher; it is not suitable for the microwave.",
        "Not microwave safe. The dishwasher is fine on a normal programme.",
        "Wash it in the dishwasher if you like, and never microwave it.",
        "Fine in the dishwasher, not in the microwave.",
    ),
)
HAND_WASH = Care(
    "hand wash only",
    False,
    False,
    (
        "Hand wash only, in warm water with a mild soap; no dishwasher, no microwave.",
        "Please wash it by hand. It is neither dishwasher safe nor microwave safe.",
        "Rinse by hand and dry at once; dishwasher and microwave would harm it.",
        "Hand wash only: the dishwasher dulls it, and the microwave is out of the question.",
        "Keep it away from dishwasher and microwave, and wash it by hand.",
    ),
)
WIPE = Care(
    "wipe clean",
    None,
    None,
    (
        "Wipe it clean with a soft, damp cloth.",
        "A damp cloth is all the cleaning it needs.",
        "Clean with a dry or slightly damp cloth; avoid abrasive cleaners.",
        "Dust it now and then, and wipe off spots with a damp cloth.",
        "To clean, wipe with a well-wrung cloth and dry afterwards.",
    ),
)
MACHINE_WASH = Care(
    "machine wash at 30 °C",
    None,
    None,
    (
        "Machine wash at 30 °C, do not tumble dry.",
        "It can be machine washed at 30 °C with similar colours; dry it flat.",
        "Wash at 30 °C in the machine and let it dry on the line.",
        "Machine washable at 30 °C; iron on low if you must.",
        "Put it in the machine at 30 °C and skip the tumble dryer.",
    ),
)
SPOT_CLEAN = Care(
    "spot clean only",
    None,
    None,
    (
        "Spot clean only, with cold water; do not machine wash.",
        "Not for the washing machine: dab stains with a damp cloth.",
        "Clean stains by hand with a little cold water and let it air dry.",
        "Spot clean with a damp sponge; the washing machine would spoil its shape.",
    ),
)
DRY = Care(
    "keep dry",
    None,
    None,
    (
        "Keep it dry and out of strong sunlight.",
        "It does not like water: dust it with a dry cloth.",
        "Store it dry; wipe only with a dry cloth.",
        "Protect it from damp, and the colour will last.",
    ),
)


@dataclass(frozen=True, slots=True)
class Size:
    """A size on offer: its dimensions, what it costs more than the smallest, and its share of the stock."""

    name: str
    dimensions: str
    extra: float
    share: float


@dataclass(frozen=True, slots=True)
class Look:
    """One product of a family: its shade, and what differs from the family.

    `second` is the shade of stripes, dots, rim, dip, lid or seat; `text` is what is printed on it and can be read in
    a photo.
    """

    shade: str
    stock: int
    second: str | None = None
    text: str | None = None
    pattern: str | None = None
    material: str | None = None
    preorder: bool = False
    extra: float = 0.0


@dataclass(frozen=True, slots=True)
class Family:
    """Goods of one shape that differ in look; `shape` names the builder that models them.

    `openings` are first sentences, used in turn, with `{shade}`, `{second}` and `{text}` filled in; `details` are
    second ones, used in turn too. Product ids are `code` and a number from `first` on, in the order of `looks`.
    """

    group: str
    code: str
    first: int
    type: str
    name: str
    zh: str
    brand: str
    category: str
    shape: str
    material: str
    price: float
    dimensions: str
    care: Care
    openings: tuple[str, ...]
    details: tuple[str, ...]
    looks: tuple[Look, ...]
    pattern: str = "plain"
    capacity: str | None = None
    sizes: tuple[Size, ...] = ()


HAVSKOG = "Havskog"
FENNEL = "Fennel & Fold"
LYS = "Lys & Leaf"
KITCHEN, DECOR, LIGHT = "Kitchen & table", "Decoration", "Light & candles"
FURNITURE, TEXTILES, STORAGE, PAPER = "Furniture", "Textiles & bags", "Storage", "Desk & paper"
