using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Generation;

namespace SaeDashboard.MusicGen.Tests.Support;

internal static class GeneratorExtensions
{
    /// <summary>The codes of the rows; stops with the test run.</summary>
    public static IReadOnlyList<CodeGrid> Make(this Generator generator, int frames, params GenerationRow[] rows) =>
        generator.Generate(rows, frames, cancellationToken: TestContext.Current.CancellationToken).Codes;
}
