// Asked a few times: right after an installation a node may not know the Service yet.
let last = 'no answer';
for (let attempt = 0; attempt < 30; attempt += 1) {
  try {
    const answer = await fetch(process.env.URL, { signal: AbortSignal.timeout(5000) });
    last = `HTTP ${answer.status}: ${(await answer.text()).trim()}`;
    if (answer.status === 200) {
      console.log(`${process.env.URL} is ready`);
      process.exit(0);
    }
  } catch (error) {
    last = error.cause?.message ?? error.message;
  }
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
console.error(`${process.env.URL} is not ready: ${last}`);
process.exit(1);
