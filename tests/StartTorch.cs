using System.Runtime.CompilerServices;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Tests;

/// <summary>Starts libtorch before the first test, as the worker does before a verb. Compiled into every test project that computes.</summary>
internal static class StartTorch
{
#pragma warning disable CA2255 // A test project is a program: nothing else can run before xUnit looks for its tests.
    [ModuleInitializer]
    internal static void Run() => TorchRuntime.Initialize(Environment.ProcessorCount);
#pragma warning restore CA2255
}
