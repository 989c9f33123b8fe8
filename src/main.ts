#!/usr/bin/env node
import { runCommandLine } from './cli/command-line.js';
import { processEnvironment } from './config/process-environment.js';

process.exitCode = await runCommandLine(process.argv, processEnvironment());
