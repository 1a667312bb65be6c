import fc from "fast-check";

// The same code gives the same outcome (invariant I9): property tests draw from one seed, and from another one on request.
fc.configureGlobal({ seed: Number(process.env.ISTHMUS_PROPERTY_SEED ?? 20_261_123) });
