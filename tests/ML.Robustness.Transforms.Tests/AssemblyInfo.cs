// libtorch takes every core by itself, and some tests count what is alive in the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
