const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => {
  document.title = data;
};
worker.onerror = ({ message }) => {
  document.title = `failed: ${message}`;
};
worker.postMessage(new URLSearchParams(location.search).get("endpoint") ?? "/api/verify");
