// Run inside, before task-queue.js is loaded: lists what settles a promise that it has settled already.
// canary 3c7186b4-8be6-415b-a300-07df30ea73e3
const Native = globalThis.Promise;
const again = [];
function Watched(executor) {
  const watched = (resolve, reject) => {
    let settled = false;
    const noted = (name, settle) => (value) => {
      if (settled) again.push(name);
      settled = true;
      settle(value);
    };
    executor(noted("resolve", resolve), noted("reject", reject));
  };
  return Reflect.construct(Native, [watched], new.target === Watched ? Native : new.target);
}
Object.setPrototypeOf(Watched, Native);
Watched.prototype = Native.prototype;
for (const name of ["all", "allSettled", "any", "race", "resolve", "reject"]) Watched[name] = Native[name].bind(Native);
globalThis.Promise = Watched;
return again;
