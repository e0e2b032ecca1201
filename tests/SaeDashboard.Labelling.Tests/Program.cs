using SaeDashboard.Labelling.Tests.Batches;

namespace SaeDashboard.Labelling.Tests;

/// <summary>Runs the tests as the generated entry point does; or, for a test that kills a process, the batch that is killed.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (Environment.GetEnvironmentVariable(KilledBatchTests.ChildVariable) is { } order)
        {
            await KilledBatchTests.RunAsChildAsync(order);
            return 0;
        }
        return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
            ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
    }
}
