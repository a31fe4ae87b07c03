/** In a process of its own: imports the bundle that it is given and prints how long that and the first verdict took. */
const [file] = process.argv.slice(2);
const started = performance.now();
const { ask } = await import(file);
const imported = performance.now();
if (!(await ask())) throw new Error("not verified");
const done = performance.now();
console.log(JSON.stringify({ import: imported - started, verdict: done - imported, whole: done - started }));
