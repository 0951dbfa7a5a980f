#!/usr/bin/env node
/** The commands, and nothing else. */
console.error('dvc-injector: not yet');
