// NT-Xent on images of 144 pixels in TensorFlow.js with its wasm backend on one thread: encoder 144-128-64-3 (ReLU), 128 pairs, noise as
// augmentation, Adam. The counterpart of `images` in `cargo bench --features page-tests --bench page -- methods`.
//
// In a folder of its own: `npm install @tensorflow/tfjs@4.22 @tensorflow/tfjs-backend-wasm@4.22`, then
// `NODE_PATH=$PWD/node_modules node <this file> [seconds]`. It prints one JSON line.
const path = require("path");
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");

const PAIRS = 128;
const WIDTHS = [144, 128, 64, 3];
const TAU = 0.2;

async function main() {
  wasm.setWasmPaths(path.dirname(require.resolve("@tensorflow/tfjs-backend-wasm")) + "/");
  wasm.setThreadsCount(1);
  await tf.setBackend("wasm");
  await tf.ready();
  const layers = WIDTHS.slice(1).map((width, layer) => [
    tf.variable(tf.randomNormal([WIDTHS[layer], width], 0, Math.sqrt(2 / WIDTHS[layer]))),
    tf.variable(tf.zeros([width])),
  ]);
  const data = tf.randomUniform([1024, WIDTHS[0]]);
  const itself = tf.mul(tf.eye(2 * PAIRS), -1e9);
  const partners = Array.from({ length: 2 * PAIRS }, (_, row) => (row + PAIRS) % (2 * PAIRS));
  const positives = tf.oneHot(tf.tensor1d(partners, "int32"), 2 * PAIRS).toFloat();
  const adam = tf.train.adam(0.003);
  const loss = (inputs) => {
    let rows = inputs;
    layers.forEach(([weights, bias], layer) => {
      rows = rows.matMul(weights).add(bias);
      if (layer + 1 < layers.length) rows = rows.relu();
    });
    const z = rows.div(rows.square().sum(1, true).sqrt());
    const logits = z.matMul(z, false, true).div(TAU).add(itself);
    const largest = logits.max(1, true);
    const normaliser = logits.sub(largest).exp().sum(1).log().add(largest.squeeze([1]));
    return normaliser.sub(logits.mul(positives).sum(1)).mean();
  };
  const step = () =>
    tf.tidy(() => {
      const drawn = Array.from({ length: PAIRS }, () => Math.floor(Math.random() * 1024));
      const points = tf.gather(data, tf.tensor1d(drawn, "int32"));
      const inputs = tf.concat([points, points]).add(tf.randomNormal([2 * PAIRS, WIDTHS[0]], 0, 0.25));
      return adam.minimize(() => loss(inputs), true).dataSync()[0];
    });
  for (let warm = 0; warm < 20; warm++) step();
  const seconds = Number(process.argv[2] ?? 10);
  const start = performance.now();
  let steps = 0, last = 0;
  while (performance.now() - start < 1000 * seconds) {
    last = step();
    steps++;
  }
  const rate = (steps / (performance.now() - start)) * 1000;
  console.log(JSON.stringify({ engine: `TensorFlow.js ${tf.version.tfjs}, wasm`, method: "images", pairs: PAIRS, steps_per_second: rate, loss: last }));
}

main();
