"""Contrast as WCAG 2.2 computes it: what people can hardly see in a page, in shadow roots too."""

import base64

from playwright.sync_api import Locator, Page

TEXT = 4.5
"""The smallest contrast of text (criterion 1.4.3). axe-core does not check that of controls, 3 (1.4.11)."""

_FIND_FAINT = """
(textContrast) => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = color;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
    return { color: [red, green, blue], alpha: alpha / 255 };
  };
  const over = ({ color, alpha }, below) => below.map((value, i) => color[i] * alpha + value * (1 - alpha));

  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.backgroundColor = "Canvas";
  const canvas = rgba(getComputedStyle(probe).backgroundColor).color;
  probe.remove();

  const parent = (element) => element.parentElement ?? element.getRootNode().host;
  const background = (element) =>
    element ? over(rgba(getComputedStyle(element).backgroundColor), background(parent(element))) : canvas;

  const luminance = (color) => {
    const [red, green, blue] = color.map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (color, below) => {
    const [dark, light] = [luminance(over(rgba(color), below)), luminance(below)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };

  const elements = (root) => [...root.querySelectorAll("*")]
    .flatMap((element) => [element, ...(element.shadowRoot ? elements(element.shadowRoot) : [])]);
  const shown = elements(document)
    .filter((element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }))
    .filter((element) => !element.matches(".visually-hidden"));

  const hasText = (element) =>
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  /** Of the signs by which a control is recognised, the strongest. */
  const strongest = (element, ...colors) =>
    Math.max(...colors.map((color) => contrast(color, background(parent(element)))));
  const checks = shown.flatMap((element) => {
    const style = getComputedStyle(element);
    const name = `${element.localName}.${element.getAttribute("class") ?? ""} "${element.textContent.trim()}"`;
    return [
      hasText(element) && { what: `text of ${name}`, least: textContrast,
        is: contrast(style.color, background(element)) },
      element.matches("button:not([role]), textarea") && { what: `outline of ${name}`, least: 3,
        is: strongest(element, style.borderTopColor, style.backgroundColor) },
      element.matches("path") && { what: `star ${style.fill} ${style.stroke}`, least: 3,
        is: strongest(element, style.stroke, style.fill === "none" ? "transparent" : style.fill) },
    ].filter(Boolean);
  });
  return [checks.length, checks.filter(({ is, least }) => is < least)
    .map(({ what, is }) => `${is.toFixed(2)}: ${what}`)];
}
"""


_COUNT_COLOURS = """
async (png) => {
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
  pen.drawImage(image, 0, 0);
  return new Set(new Uint32Array(pen.getImageData(0, 0, image.width, image.height).data.buffer)).size;
}
"""

_PLACE_OF_TEXT = """
(element) => {
  const range = document.createRange();
  range.selectNodeContents(element);
  const { x, y, width, height } = range.getBoundingClientRect();
  return { x: x + 1, y: y + 1, width: width - 2, height: height - 2 };
}
"""


def is_readable(label: Locator) -> bool:
    """Whether its letters are seen. In system colours, browsers may paint behind them what no style says."""
    label.scroll_into_view_if_needed()
    picture = label.page.screenshot(clip=label.evaluate(_PLACE_OF_TEXT))
    empty = label.page.context.new_page()  # without a content policy
    colours = empty.evaluate(_COUNT_COLOURS, base64.b64encode(picture).decode())
    empty.close()
    return int(colours) > 1


def faint(page: Page) -> list[str]:
    """Texts, outlines of controls, and stars that do not stand out from what is behind them."""
    checked, found = page.evaluate(_FIND_FAINT, TEXT)
    assert checked
    return list(found)
