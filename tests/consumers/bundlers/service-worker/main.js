await navigator.serviceWorker.register("/service-worker.js");
await navigator.serviceWorker.ready;
// A page that was there before the worker is not served by it.
if (navigator.serviceWorker.controller) document.title = await (await fetch("/verdicts")).text();
else location.reload();
