/** What the shop's page says, in its two languages. */

const EN = {
  locale: "en-IE",
  other: "中文",
  heading: "Quiet things for the table, the shelf and the evening",
  lead: "Stoneware, glass, linen and light, from three small workshops.",
  browse: "See everything",
  photo: "Find it by photo",
  all: "Everything",
  categories: {
    "Kitchen & table": "Kitchen & table",
    "Textiles & bags": "Textiles & bags",
    Decoration: "Decoration",
    "Light & candles": "Light & candles",
    Furniture: "Furniture",
    Storage: "Storage",
    "Desk & paper": "Desk & paper",
  },
  search: "Search the shop",
  colour: "Colour",
  inStock: "In stock only",
  sort: "Sort",
  sorts: { shop: "Our order", low: "Price, low to high", high: "Price, high to low" },
  count: (n) => (n === 1 ? "1 product" : `${n} products`),
  none: "Nothing matches. Ask us in the chat, or take a filter away.",
  reset: "Show everything",
  from: (price) => `from ${price}`,
  out: "Sold out",
  preorder: "Pre-order",
  few: (n) => `Only ${n} left`,
  available: "In stock",
  add: "Add to basket",
  added: "In your basket",
  ask: "Ask about this",
  details: "Details",
  facts: {
    brand: "Made by",
    material: "Material",
    shade: "Colour",
    dimensions: "Size",
    capacity: "Holds",
    care: "Care",
    id: "Article",
  },
  size: "Size",
  family: "Also in",
  similar: "Similar",
  forYou: "For you",
  basket: "Basket",
  empty: "Your basket is empty.",
  less: "One less",
  more: "One more",
  total: "Total",
  notReal: "This is a demonstration shop: the basket works, but nothing can be bought.",
  close: "Close",
  footer: "A demonstration shop. All products, brands and pictures were made for it.",
  failed: "The products could not be loaded. Please reload the page.",
};

const ZH = {
  locale: "zh-CN",
  other: "English",
  heading: "为餐桌、搁架与夜晚准备的静物",
  lead: "陶器、玻璃、亚麻与灯光，来自三间小作坊。",
  browse: "浏览全部",
  photo: "拍照找商品",
  all: "全部",
  categories: {
    "Kitchen & table": "厨房与餐桌",
    "Textiles & bags": "布艺与包袋",
    Decoration: "装饰",
    "Light & candles": "灯具与蜡烛",
    Furniture: "家具",
    Storage: "收纳",
    "Desk & paper": "文具",
  },
  search: "搜索商品",
  colour: "颜色",
  inStock: "仅看有货",
  sort: "排序",
  sorts: { shop: "店铺推荐", low: "价格从低到高", high: "价格从高到低" },
  count: (n) => `${n} 件商品`,
  none: "没有符合条件的商品。可以在聊天中问我们，或减少筛选条件。",
  reset: "显示全部",
  from: (price) => `${price} 起`,
  out: "已售罄",
  preorder: "可预订",
  few: (n) => `仅剩 ${n} 件`,
  available: "有货",
  add: "加入购物篮",
  added: "已加入",
  ask: "咨询这件商品",
  details: "详情",
  facts: {
    brand: "品牌",
    material: "材质",
    shade: "颜色",
    dimensions: "尺寸",
    capacity: "容量",
    care: "保养",
    id: "货号",
  },
  size: "尺寸",
  family: "其他颜色",
  similar: "相似商品",
  forYou: "为您推荐",
  basket: "购物篮",
  empty: "购物篮是空的。",
  less: "减少一件",
  more: "增加一件",
  total: "合计",
  notReal: "这是演示店铺：购物篮可以使用，但无法下单。",
  close: "关闭",
  footer: "演示店铺。所有商品、品牌和图片均为演示制作。",
  failed: "商品加载失败，请刷新页面。",
};

/** `en` or `zh`, as chosen on this page before or as the browser prefers. */
export function chosenLanguage() {
  return localStorage.getItem("shop-language") ?? (/^zh/i.test(navigator.language) ? "zh" : "en");
}

export const words = chosenLanguage() === "zh" ? ZH : EN;

/** A product's title in the page's language. */
export function titleOf(product) {
  return (words === ZH && product.title_zh) || product.title;
}

export function money(amount, currency) {
  return new Intl.NumberFormat(words.locale, { style: "currency", currency }).format(amount);
}
