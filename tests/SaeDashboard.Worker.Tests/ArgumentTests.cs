namespace SaeDashboard.Worker.Tests;

/// <summary>Help and bad arguments: exit codes 0 and 2, nothing written.</summary>
public sealed class ArgumentTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("info")]
    [InlineData("generate")]
    [InlineData("encode")]
    [InlineData("decode")]
    [InlineData("tokenize")]
    [InlineData("trace")]
    [InlineData("collect")]
    [InlineData("train")]
    [InlineData("index")]
    [InlineData("features")]
    [InlineData("evaluate")]
    [InlineData("steering")]
    [InlineData("sae-forward")]
    public void Every_verb_explains_itself(string verb)
    {
        var outcome = WorkerProcess.Run(folder.Path, verb, "--help");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("--json", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("Usage:", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Required command was not provided")]
    [InlineData("'sing'", "sing")]
    [InlineData("--out", "generate", "--model", "m")]
    [InlineData("--seconds is -1", "generate", "--model", "m", "--out", "x.wav", "--seconds", "-1")]
    [InlineData("SAE_FOLDER:FEATURE=STRENGTH", "generate", "--model", "m", "--out", "x.wav", "--steer", "sae:twelve=1")]
    [InlineData("give --steer too", "generate", "--model", "m", "--out", "x.wav", "--baseline", "y.wav")]
    [InlineData("Cannot parse", "generate", "--model", "m", "--out", "x.wav", "--seed", "-5")]
    [InlineData("--codes, --preset", "decode", "--model", "m", "--out", "x.wav")]
    [InlineData("either --text or --file", "tokenize", "--model", "m")]
    [InlineData("caption", "collect", "--model", "m", "--dataset", "d", "--out", "o", "--condition", "maybe")]
    [InlineData("--threads is 0", "info", "--model", "m", "--threads", "0")]
    [InlineData("Say what to measure", "steering", "--model", "m", "--sae", "s")]
    public void Bad_arguments_end_with_2(string said, params string[] arguments)
    {
        var outcome = WorkerProcess.Run(folder.Path, arguments);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(said, outcome.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }
}
