// libtorch takes every core by itself, and some tests count what is alive in the whole process.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
