namespace SaeDashboard.Torch.Tests.Misfits;

/// <summary>What TorchSharp does with shapes, indices and types that do not fit, call by call.</summary>
public class MisfitTests
{
    [Fact]
    public void Guarded_calls_throw_and_the_process_lives_on()
    {
        var rounds = MisfitChild.Run(MisfitCalls.Guarded.Keys);
        var wrong = rounds.SelectMany(round => round.Outcomes).Where(outcome => outcome.Value is null or "nothing")
            .Select(outcome => $"{outcome.Key}: {outcome.Value ?? "the process ended"}").ToArray();
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
        Assert.Equal(0, Assert.Single(rounds).ExitCode);
    }

    [Fact]
    public void Calls_that_end_the_process_still_do()
    {
        // Where one throws at last, it can be taken out of the list, and src/ may use it.
        var rounds = MisfitChild.Run(MisfitCalls.Ending.Keys);
        var alive = rounds.SelectMany(round => round.Outcomes).Where(outcome => outcome.Value is not null)
            .Select(outcome => $"{outcome.Key}: {outcome.Value}").ToArray();
        Assert.True(alive.Length == 0, string.Join('\n', alive));
        // 128 + SIGABRT: std::terminate.
        Assert.All(rounds, round => Assert.Equal(134, round.ExitCode));
    }

    [Fact]
    public void Every_member_that_src_uses_was_tried()
    {
        var used = UsedMembers.Of("SaeDashboard.Torch.Extensions", "SaeDashboard.MusicGen", "SaeDashboard.Clap", "SaeDashboard.Sae", "SaeDashboard.Worker");
        Assert.Contains("Tensor.mm", used);
        Assert.Contains("Tensor.item", used);
        var ending = used.Where(MisfitCalls.Ending.ContainsKey).Except(MisfitCalls.Checked).ToArray();
        Assert.True(ending.Length == 0,
            $"src/ uses {string.Join(", ", ending)}: a shape that does not fit ends the process there. Use mm, bmm or another guarded call.");
        var untried = used.Where(member => !IsKnown(member)).ToArray();
        Assert.True(untried.Length == 0, $"src/ uses {string.Join(", ", untried)}: give MisfitCalls a call of it that does not fit.");
    }

    private static bool IsKnown(string member) => MisfitCalls.Harmless.Contains(member) || MisfitCalls.Checked.Contains(member)
        || MisfitCalls.Guarded.Keys.Any(key => key == member || key.StartsWith(member + ".", StringComparison.Ordinal));
}
