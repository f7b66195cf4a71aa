"""Why the goods, the money or the order itself do not allow a change, whatever the shop's policy says."""

from __future__ import annotations

from tools.errors import Refused
from tools.sentences import Sentence

_SAID = {
    "item_not_in_order": Sentence(
        en="Order {order} does not hold {item} that many times.", zh="订单 {order} 中没有这么多件 {item}。"
    ),
    "already_taken": Sentence(
        en="Something has been started for order {order} already; a colleague can change it.",
        zh="订单 {order} 已有正在处理的申请，如需更改请联系同事。",
    ),
    "not_a_variant": Sentence(
        en="{item} can only be changed for another variant of the same product.",
        zh="{item} 只能换成同一商品的其他款式。",
    ),
    "variant_unavailable": Sentence(en="{item} ({options}) is not available.", zh="{item}（{options}）目前缺货。"),
    "no_such_payment_method": Sentence(
        en="That payment method is not on file for this customer.", zh="该客户名下没有这种支付方式。"
    ),
    "same_payment_method": Sentence(
        en="Order {order} is paid with {method} already.", zh="订单 {order} 已使用 {method} 支付。"
    ),
    "several_payments": Sentence(
        en="The payment of order {order} has been changed already; it cannot be changed again here.",
        zh="订单 {order} 的支付已更改过，无法在此再次更改。",
    ),
    "gift_card_too_small": Sentence(
        en="The gift card holds {balance}, and {amount} is needed.", zh="礼品卡余额为 {balance}，需要 {amount}。"
    ),
    "same_address": Sentence(en="That is the address already.", zh="这已经是当前地址。"),
    "same_email": Sentence(en="That is the e-mail address of the account already.", zh="这已经是账户的邮箱。"),
    "shop_refuses": Sentence(
        en="The shop's own system did not accept that. A colleague can look at it.",
        zh="商店系统未接受这项操作，同事可以为您查看。",
    ),
    "email_taken": Sentence(en="That e-mail address cannot be used for this account.", zh="该邮箱无法用于此账户。"),
}


def refused(rule: str, **values: object) -> Refused:
    """The refusal named `rule`, with its sentence's placeholders filled."""
    return Refused(rule, _SAID[rule].filled(**values))
