// A command bus in JavaScript: handlers in a map by name, each awaited.

import { argv, hrtime, version } from "node:process";

class Bus {
  #handlers = new Map();

  register(name, handler) {
    this.#handlers.set(name, handler);
  }

  async dispatch(command) {
    const handler = this.#handlers.get(command.name());
    if (!handler) {
      throw new Error(`no handler for ${command.name()}`);
    }
    return await handler.handle(command);
  }
}

class Ping {
  constructor(number) {
    this.number = number;
  }

  name() {
    return "Ping";
  }
}

class Echo {
  async handle(command) {
    return command.number + 1;
  }
}

// The median nanoseconds a call over batches of at least 20 ms, as the harness measures.
async function nanosecondsPerCall(seconds, calls) {
  const batch = async (count) => {
    const begun = hrtime.bigint();
    await calls(count);
    return Number(hrtime.bigint() - begun);
  };
  let count = 1;
  while ((await batch(count)) < 20e6) {
    count *= 2;
  }
  const until = Date.now() + seconds * 1000;
  const took = [];
  while (took.length < 5 || Date.now() < until) {
    took.push((await batch(count)) / count);
  }
  took.sort((a, b) => a - b);
  return took[Math.floor(took.length / 2)];
}

async function measure(request) {
  if (request.workload !== "dispatch" || request.case !== "bus") {
    return { unsupported: "it is a bus and nothing else" };
  }
  const bus = new Bus();
  for (let number = 1; number < request.messages; number += 1) {
    bus.register(`Other${number}`, new Echo());
  }
  bus.register("Ping", new Echo());
  let last = 0;
  const value = await nanosecondsPerCall(request.seconds, async (count) => {
    for (let number = 0; number < count; number += 1) {
      last = await bus.dispatch(new Ping(number));
    }
  });
  if (last === 0) {
    return { failed: "nothing was answered" };
  }
  const measures = [{ name: "dispatch", value, unit: "nanoseconds" }];
  return { measured: { measures, versions: { node: version } } };
}

console.log(JSON.stringify(await measure(JSON.parse(argv[3]))));
