// Scores the headers of one page as MDN's HTTP Observatory does, by its own retriever, tests and grader, on ports of one's own:
// observatory.mjs PACKAGE_DIR HTTP_PORT HTTPS_PORT PATH, of localhost. Prints {score, grade, failed, tests} as JSON.
// Its command line knows neither ports nor paths, so what `scan` does with them is done here.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [packageDir, httpPort, httpsPort, path] = process.argv.slice(2);
const part = (file) => import(pathToFileURL(join(packageDir, "src", file)).href);
const [{ retrieve }, { ALL_TESTS }, grader, { MINIMUM_SCORE_FOR_EXTRA_CREDIT }] = await Promise.all(
  ["retriever/retriever.js", "constants.js", "grader/grader.js", "grader/charts.js"].map(part),
);

const answers = await retrieve("localhost", { httpPort: Number(httpPort), httpsPort: Number(httpsPort), path });
if (!answers.responses.auto || answers.responses.auto.status !== 200) {
  console.error(`the page was not retrieved (${answers.responses.auto?.status ?? "no answer"})`);
  process.exit(1);
}
const tests = ALL_TESTS.map((test) => test(answers));
const modifiers = tests.map((test) => (test.result ? grader.getScoreModifier(test.result) : 0));
const lost = modifiers.filter((modifier) => modifier < 0).reduce((sum, modifier) => sum + modifier, 100);
const all = modifiers.reduce((sum, modifier) => sum + modifier, 100);
const { score, grade } = grader.getGradeForScore(lost >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? all : lost);
console.log(
  JSON.stringify({
    score,
    grade,
    failed: tests.filter((test) => !test.pass).map((test) => test.result),
    tests: Object.fromEntries(tests.map((test, at) => [test.constructor.name, { result: test.result, modifier: modifiers[at] }])),
  }),
);
