// Hangs: waits for something that never comes. Whoever starts it has to stop it; left alone it gives up after two minutes.
setTimeout(() => process.exit(1), 120_000);
process.stdout.write('waiting for upstream\n');
