using SaeDashboard.Core.Data;
using SaeDashboard.Core.Presets;

namespace SaeDashboard.Worker.Tests;

/// <summary>What <c>generate --preset</c> writes can be read, and what it could not keep is refused before anything is made.</summary>
public sealed class PresetContractTests : IDisposable
{
    private static readonly string[] Asked = ["generate", "--model", WorkerProcess.DemoModel, "--prompt", "organ", "--out", "x.wav", "--preset", "p.json"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("strength is 30", "--steer", ":3=30")]
    [InlineData("guidance is 60", "--steer", ":3=2", "--guidance", "60")]
    [InlineData("temperature is 20", "--steer", ":3=2", "--temperature", "20")]
    [InlineData("name is empty", "--steer", ":3=2", "--name", "")]
    [InlineData("name has 121 characters", "--steer", ":3=2", "--name", "")]
    [InlineData("frames is 50000", "--steer", ":3=2", "--seconds", "1000")]
    [InlineData("topK is 100000", "--steer", ":3=2", "--top-k", "100000")]
    public void What_a_preset_cannot_hold_is_refused_before_the_music(string said, params string[] arguments)
    {
        if (said.Contains("121", StringComparison.Ordinal)) arguments[^1] = new string('n', 121);
        arguments[1] = WorkerProcess.DemoSae + arguments[1];
        WorkerProcess.Fails(folder.Path, [.. Asked, .. arguments], said);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void What_is_written_at_the_limits_is_read()
    {
        WorkerProcess.Json(folder.Path, [.. Asked, "--seconds", "0.2", "--steer", WorkerProcess.DemoSae + ":3=20", "--guidance", "50", "--temperature", "10", "--name", new string('n', 120)]);
        var preset = PresetFile.Read(folder["p.json"]);
        Assert.Equal((50.0, 10.0, 20.0, 1), (preset.Guidance, preset.Temperature, preset.Steers[0].Strength, preset.SchemaVersion));
        Assert.False(preset.Greedy);
        Assert.Null(preset.Stride);
        Assert.DoesNotContain("greedy", File.ReadAllText(folder["p.json"]), StringComparison.Ordinal);
        WorkerProcess.Json(folder.Path, "decode", "--model", WorkerProcess.DemoModel, "--preset", "p.json", "--out", "again.wav");
        Assert.Equal(File.ReadAllBytes(folder["x.wav"]), File.ReadAllBytes(folder["again.wav"]));
    }

    [Fact]
    public void Greedy_stride_and_piece_are_kept()
    {
        WorkerProcess.Json(folder.Path, [.. Asked, "--seconds", "10.6", "--stride", "10", "--greedy", "--piece", "3", "--steer", WorkerProcess.DemoSae + ":3=2"]);
        var preset = PresetFile.Read(folder["p.json"]);
        Assert.Equal((true, 512, 500, 3, 2), (preset.Greedy, preset.Window, preset.Stride, preset.Piece, preset.SchemaVersion));
    }
}
