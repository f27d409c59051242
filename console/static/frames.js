// Takes a frame of the feed apart. The layout stands in console/feed/rows.py: a head, machines as columns (wide
// ones first, so that each begins where a typed array may), then JSON. Columns are views of the message: nothing
// is copied or parsed here but the JSON.

const MAGIC = 0x324b5748; // "HWK2", little-endian
const HEAD_BYTES = 16;
const texts = new TextDecoder();

export const COLUMNS = [
  ["sales", Float64Array], ["row", Uint32Array], ["seen", Uint32Array], ["units", Uint32Array], ["stock", Uint16Array],
  ["temp", Int16Array], ["empty", Uint16Array], ["jammed", Uint16Array], ["spoilt", Uint16Array], ["state", Uint8Array],
  ["locked", Uint8Array],
];

/** The frame in this message: `{snapshot, rows, columns, said}`; throws for what is no frame. */
export function decode(buffer) {
  const head = new Uint32Array(buffer, 0, HEAD_BYTES / 4);
  const [magic, rows, jsonBytes, snapshot] = head;
  if (magic !== MAGIC) throw new TypeError("frame: must begin with HWK2");
  const columns = {};
  let at = HEAD_BYTES;
  for (const [name, Kind] of COLUMNS) {
    columns[name] = new Kind(buffer, at, rows);
    at += rows * Kind.BYTES_PER_ELEMENT;
  }
  return { snapshot: snapshot === 1, rows, columns, said: JSON.parse(texts.decode(new Uint8Array(buffer, at, jsonBytes))) };
}
