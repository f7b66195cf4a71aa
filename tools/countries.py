"""Names of countries as customers write them, to the two-letter codes that shipping options use."""

from __future__ import annotations

import re

# English first, Chinese last, others between.
_NAMES = {
    "AT": ("Austria", "Österreich", "奥地利"),
    "AU": ("Australia", "澳洲", "澳大利亚"),
    "BE": ("Belgium", "Belgien", "比利时"),
    "BG": ("Bulgaria", "保加利亚"),
    "BR": ("Brazil", "巴西"),
    "CA": ("Canada", "加拿大"),
    "CH": ("Switzerland", "Schweiz", "瑞士"),
    "CN": ("China", "mainland China", "国内", "中国大陆", "中国"),
    "CY": ("Cyprus", "塞浦路斯"),
    "CZ": ("Czech Republic", "Czechia", "捷克"),
    "DE": ("Germany", "Deutschland", "德国"),
    "DK": ("Denmark", "Dänemark", "丹麦"),
    "EE": ("Estonia", "爱沙尼亚"),
    "ES": ("Spain", "西班牙"),
    "FI": ("Finland", "芬兰"),
    "FR": ("France", "Frankreich", "法国"),
    "GB": ("United Kingdom", "Great Britain", "Britain", "England", "Scotland", "Wales", "UK", "英国"),
    "GR": ("Greece", "希腊"),
    "HK": ("Hong Kong", "香港"),
    "HR": ("Croatia", "克罗地亚"),
    "HU": ("Hungary", "匈牙利"),
    "IE": ("Ireland", "爱尔兰"),
    "IN": ("India", "印度"),
    "IS": ("Iceland", "冰岛"),
    "IT": ("Italy", "Italien", "意大利"),
    "JP": ("Japan", "日本"),
    "KR": ("South Korea", "Korea", "韩国"),
    "LI": ("Liechtenstein", "列支敦士登"),
    "LT": ("Lithuania", "立陶宛"),
    "LU": ("Luxembourg", "Luxemburg", "卢森堡"),
    "LV": ("Latvia", "拉脱维亚"),
    "MT": ("Malta", "马耳他"),
    "MX": ("Mexico", "墨西哥"),
    "NL": ("Netherlands", "the Netherlands", "Holland", "荷兰"),
    "NO": ("Norway", "Norwegen", "挪威"),
    "NZ": ("New Zealand", "新西兰"),
    "PL": ("Poland", "Polen", "波兰"),
    "PT": ("Portugal", "葡萄牙"),
    "RO": ("Romania", "罗马尼亚"),
    "RU": ("Russia", "俄罗斯"),
    "SE": ("Sweden", "Schweden", "瑞典"),
    "SG": ("Singapore", "新加坡"),
    "SI": ("Slovenia", "斯洛文尼亚"),
    "SK": ("Slovakia", "斯洛伐克"),
    "TR": ("Turkey", "Türkiye", "土耳其"),
    "TW": ("Taiwan", "台湾"),
    "UA": ("Ukraine", "乌克兰"),
    "US": ("United States", "United States of America", "America", "USA", "美国"),
}
_CODES = {name.casefold(): code for code, names in _NAMES.items() for name in names}
# The longest name first, so that "South Korea" is not cut to "Korea".
_IN_TEXT = re.compile(
    "|".join(
        re.escape(name) if not name.isascii() else rf"(?<![a-z]){re.escape(name)}(?![a-z])"
        for name in sorted(_CODES, key=len, reverse=True)
    )
)


def country_code(text: str) -> str | None:
    """`DE` for "DE", "de", "Germany", "Deutschland" or "德国"; None for what is no country's name."""
    text = text.strip()
    if len(text) == 2 and text.isascii() and text.isalpha() and text.casefold() != "uk":
        return text.upper()
    return _CODES.get(text.casefold())


def country_in(text: str) -> str | None:
    """The first country that a message names in words, or None."""
    match = _IN_TEXT.search(text.casefold())
    return _CODES[match[0]] if match else None


def country_name(code: str, language: str = "en") -> str:
    """The country's name in English or Chinese (`zh`), or the code itself where we have no name."""
    names = _NAMES.get(code)
    if names is None:
        return code
    return names[-1] if language == "zh" else names[0]
