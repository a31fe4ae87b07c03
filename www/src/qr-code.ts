/**
 * Draws a QR code: black on white whatever the colours around it, with the quiet zone that scanners need.
 */
import { encode } from "uqr";

const svgNamespace = "http://www.w3.org/2000/svg";

/** A longer text makes a code too dense to be read from paper. */
const longestText = 400;

/** White modules around the code, as ISO/IEC 18004 requires. */
const quietZone = 4;

/** Creates the code as an image with a name; `null` if the text is too long. */
export function qrCode(text: string, label: string): SVGSVGElement | null {
  if (text.length > longestText) return null;
  const { data, size } = encode(text, { ecc: "M", border: quietZone });
  const svg = document.createElementNS(svgNamespace, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("class", "qr-code");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  svg.setAttribute("shape-rendering", "crispEdges");
  const ground = document.createElementNS(svgNamespace, "rect");
  ground.setAttribute("width", String(size));
  ground.setAttribute("height", String(size));
  ground.setAttribute("fill", "#fff");
  const modules = document.createElementNS(svgNamespace, "path");
  modules.setAttribute("fill", "#000");
  // One stroke for each run of adjacent dark modules.
  modules.setAttribute(
    "d",
    data
      .flatMap((row, y) =>
        row.flatMap((dark, x) => {
          if (!dark || row[x - 1]) return [];
          const next = row.indexOf(false, x);
          const width = (next < 0 ? row.length : next) - x;
          return [`M${x} ${y}h${width}v1h-${width}z`];
        }),
      )
      .join(""),
  );
  svg.append(ground, modules);
  return svg;
}
