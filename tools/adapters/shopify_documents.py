"""The GraphQL documents that we send to Shopify's Admin API (shopify.dev/docs/api/admin-graphql)."""

VERSION = "2026-01"

ORDER_PARTS = """
fragment OrderParts on Order {
  id name email createdAt cancelledAt edited returnStatus displayFulfillmentStatus note currencyCode
  customer { id }
  totalShippingPriceSet { shopMoney { amount } }
  currentTotalPriceSet { shopMoney { amount } }
  shippingAddress { name address1 address2 city zip provinceCode countryCodeV2 }
  lineItems(first: 100) {
    nodes {
      id title currentQuantity
      discountedUnitPriceSet { shopMoney { amount } }
      product { id }
      variant { id selectedOptions { name value } }
    }
  }
  transactions(first: 50) { kind status gateway formattedGateway amountSet { shopMoney { amount } } }
  fulfillments(first: 20) {
    createdAt deliveredAt estimatedDeliveryAt displayStatus
    trackingInfo(first: 1) { company number url }
    fulfillmentLineItems(first: 100) { nodes { id quantity lineItem { id } } }
  }
  returns(first: 20) { nodes { status exchangeLineItems(first: 1) { nodes { id } } } }
}
"""

ORDERS = (
    """
query VitrineOrders($query: String!, $first: Int!) {
  orders(first: $first, query: $query, sortKey: CREATED_AT, reverse: true) { nodes { ...OrderParts } }
}
"""
    + ORDER_PARTS
)

CUSTOMER = """
query VitrineCustomer($id: ID!) {
  customer(id: $id) {
    id displayName locale
    defaultEmailAddress { emailAddress }
    defaultAddress { name address1 address2 city zip provinceCode countryCodeV2 }
  }
}
"""

VARIANTS = """
query VitrineVariants($id: ID!) {
  product(id: $id) {
    id title
    variants(first: 100) { nodes { id price availableForSale selectedOptions { name value } } }
  }
}
"""

PROMO_CODE = """
query VitrinePromoCode($code: String!) {
  codeDiscountNodeByCode(code: $code) {
    codeDiscount {
      __typename
      ... on DiscountCodeBasic {
        status startsAt endsAt usageLimit asyncUsageCount
        customerGets { value { __typename ... on DiscountPercentage { percentage } } }
        minimumRequirement { ... on DiscountMinimumSubtotal { greaterThanOrEqualToSubtotal { amount currencyCode } } }
      }
      ... on DiscountCodeFreeShipping {
        status startsAt endsAt usageLimit asyncUsageCount
        minimumRequirement { ... on DiscountMinimumSubtotal { greaterThanOrEqualToSubtotal { amount currencyCode } } }
      }
    }
  }
}
"""

CANCEL = """
mutation VitrineCancel($orderId: ID!, $staffNote: String!) {
  orderCancel(
    orderId: $orderId, reason: CUSTOMER, restock: true, notifyCustomer: true, staffNote: $staffNote,
    refundMethod: { originalPaymentMethodsRefund: true }
  ) {
    job { id done }
    orderCancelUserErrors { field message code }
  }
}
"""

JOB = """
query VitrineJob($id: ID!) { job(id: $id) { id done } }
"""

RETURN = """
mutation VitrineReturn($input: ReturnRequestInput!) {
  returnRequest(input: $input) { return { id status } userErrors { field message } }
}
"""

EXCHANGE = """
mutation VitrineExchange($returnInput: ReturnInput!) {
  returnCreate(returnInput: $returnInput) { return { id status } userErrors { field message } }
}
"""

EDIT_BEGIN = """
mutation VitrineEditBegin($id: ID!) {
  orderEditBegin(id: $id) {
    calculatedOrder { id lineItems(first: 100) { nodes { id quantity variant { id } } } }
    userErrors { field message }
  }
}
"""

EDIT_QUANTITY = """
mutation VitrineEditQuantity($id: ID!, $lineItemId: ID!, $quantity: Int!) {
  orderEditSetQuantity(id: $id, lineItemId: $lineItemId, quantity: $quantity, restock: true) {
    calculatedOrder { id }
    userErrors { field message }
  }
}
"""

EDIT_ADD = """
mutation VitrineEditAdd($id: ID!, $variantId: ID!, $quantity: Int!) {
  orderEditAddVariant(id: $id, variantId: $variantId, quantity: $quantity, allowDuplicates: true) {
    calculatedOrder { id }
    userErrors { field message }
  }
}
"""

EDIT_COMMIT = """
mutation VitrineEditCommit($id: ID!, $staffNote: String!) {
  orderEditCommit(id: $id, notifyCustomer: true, staffNote: $staffNote) { order { id } userErrors { field message } }
}
"""

ADDRESS = """
mutation VitrineAddress($input: OrderInput!) {
  orderUpdate(input: $input) { order { id } userErrors { field message } }
}
"""
