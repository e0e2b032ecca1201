// The model is not thread-safe, and a test counts tensors; all tests together take seconds.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
