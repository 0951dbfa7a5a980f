/** Keeps DVC's clients of object stores at the endpoint that was allowed: python/guard_redirects.py says why and how. */
import { type Guard, pythonFile } from './sitecustomize.ts';

export const noRedirects: Guard = { program: pythonFile('guard_redirects.py'), files: {} };
