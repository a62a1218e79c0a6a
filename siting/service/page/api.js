// Requests to the service. Binary answers are a head of JSON and named arrays (X-Layout).

export class Refused extends Error {
  constructor(status, body) {
    super(body.detail || `HTTP ${status}`);
    this.status = status;
    this.faults = body.faults || [];
  }
}

async function ask(method, path, body) {
  const headers = { "X-Siting": "1", "Accept-Language": document.documentElement.lang };
  let sent = body;
  if (body !== undefined && !(body instanceof FormData)) {
    headers["Content-Type"] = "application/json";
    sent = JSON.stringify(body);
  }
  const answer = await fetch(path, { method, headers, body: sent });
  if (answer.ok) return answer;
  throw new Refused(answer.status, await answer.json().catch(() => ({})));
}

/** Send a form, telling how much of it is on its way: a fetch tells nothing of that. */
export const send = (path, form, onShare) => new Promise((done, refused) => {
  const asked = new XMLHttpRequest();
  asked.open("POST", path);
  asked.setRequestHeader("X-Siting", "1");
  asked.setRequestHeader("Accept-Language", document.documentElement.lang);
  asked.responseType = "json";
  asked.upload.addEventListener("progress", (event) => onShare(event.lengthComputable ? event.loaded / event.total : 0));
  asked.addEventListener("load", () => asked.status < 400 ? done(asked.response) : refused(new Refused(asked.status, asked.response || {})));
  asked.addEventListener("error", () => refused(new Refused(0, {})));
  asked.send(form);
});

export const get = async (path) => (await ask("GET", path)).json();
export const post = async (path, body) => (await ask("POST", path, body)).json();
export const remove = (path) => ask("DELETE", path);
export const getArrays = async (path) => read(await ask("GET", path));
export const postArrays = async (path, body) => read(await ask("POST", path, body));
export const putArrays = async (path, body) => read(await ask("PUT", path, body));

const KINDS = { uint32: Uint32Array, int32: Int32Array, float32: Float32Array, float64: Float64Array,
  uint16: Uint16Array, uint8: Uint8Array };

async function read(answer) {
  const buffer = await answer.arrayBuffer();
  const long = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, long)));
  const made = { head };
  let at = 4 + long;
  for (const [name, dtype, shape] of JSON.parse(answer.headers.get("x-layout"))) {
    const size = shape.reduce((a, b) => a * b, 1), Kind = KINDS[dtype];
    made[name] = new Kind(buffer.slice(at, at + size * Kind.BYTES_PER_ELEMENT));
    at += Math.ceil((size * Kind.BYTES_PER_ELEMENT) / 4) * 4;
  }
  return made;
}
