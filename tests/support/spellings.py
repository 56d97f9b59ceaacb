"""Написания одного адреса с разной нормальной формой и адреса, которые только похожи."""

ONE_MAILBOX = [
    ("οδος@example.gr", "οδοσ@example.gr"),  # конечная сигма и обычная: прописная у них одна
    ("ΟΔΟΣ@example.gr", "οδοσ@example.gr"),
    ("a@οδος.gr", "a@οδοσ.gr"),
    ("a@xn--pxavbm.gr", "a@οδοσ.gr"),  # punycode от «οδος»
    ("ſara@example.com", "SARA@example.com"),
    ("\u212aelvin@example.com", "kelvin@example.com"),
    ("µ@example.com", "μ@example.com"),  # знак «микро» и греческая буква
    ("ǅ@example.com", "Ǆ@example.com"),
    ("ꭰ@example.com", "Ꭰ@example.com"),
    ("ა@example.com", "Ა@example.com"),
    ("\u0130@example.com", "i\u0307@example.com"),
    ("ﬁona@example.com", "FIONA@example.com"),
    ("\u1f80@example.com", "\u1f08\u0399@example.com"),
    ("straße@example.de", "STRAẞE@example.de"),
    ("a@ｅｘａｍｐｌｅ.com", "a@example.com"),
    ("a@ﬁrma.com", "a@firma.com"),
    ("a@ſhop.com", "a@shop.com"),
    ("a@𝐄𝐱𝐚𝐦𝐩𝐥𝐞.com", "a@example.com"),
    ("a@ｘn--e1afmkfd.xn--p1ai", "a@пример.рф"),
    ("a@ทำ.com", "a@ทํา.com"),
]
"""Пары адресов одного покупателя."""

TWO_MAILBOXES = [
    ("straße@example.de", "strasse@example.de"),  # RFC 5892, 2.6
    ("a@straße.de", "a@STRASSE.de"),
    ("ırmak@example.com", "irmak@example.com"),  # CaseFolding.txt: T — только для тюркских языков
    ("a@ısparta.com", "a@isparta.com"),
    ("\u0130@example.com", "i@example.com"),
    ("ａnna@example.com", "anna@example.com"),  # что значит буква до «@», знает лишь её сервер
    ("josé@example.com", "jose@example.com"),
    ("а@example.com", "a@example.com"),  # кириллица
]
"""Пары адресов двух покупателей."""
