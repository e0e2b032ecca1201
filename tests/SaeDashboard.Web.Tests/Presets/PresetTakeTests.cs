using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Web.Tests.Presets;

/// <summary>Presets made of takes, and takes made of presets.</summary>
public sealed class PresetTakeTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_finished_take_becomes_a_preset_with_its_settings_and_codes()
    {
        await using var house = await PresetFixture.OpenAsync(model: false, codec: false, sae: false);
        var (a, c) = (Codes(1), Codes(2));
        var id = Ids.New("take");
        var settings = new TakeSettings
        {
            ModelPath = "/somewhere/model", SaePath = "/somewhere/sae", Prompt = "slow cello", Seed = ulong.MaxValue, Frames = 12, Guidance = 2.5, Temperature = 0.8, TopK = 50, TopP = 0.9, Rows = "conditional", Greedy = true, Piece = 5,
            Steers = [new TakeSteer(7, 2.5, "clamp", 0.3), new TakeSteer(9, 0, "ablate", 0.1)],
        };
        house.Worker.Write(id, settings, TakeState.Done, a, c);

        var answer = await house.Http.PostAsJsonAsync("", new { takeId = id, name = " Cello ", description = "Darker." }, Stop);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var row = Assert.Single(house.Presets.List());
        var preset = house.Presets.Find(row.Id)!.Preset;
        Assert.Equal(("Cello", "Darker.", "slow cello", ulong.MaxValue, 12), (preset.Name, preset.Description, preset.Prompt, preset.Seed, preset.Frames));
        Assert.Equal((2.5, 0.8, 50, 0.9, "conditional"), (preset.Guidance, preset.Temperature, preset.TopK, preset.TopP, preset.Rows));
        Assert.Equal((true, 480, 288, 5), (preset.Greedy, preset.Window, preset.Stride, preset.Piece));
        Assert.Equal(new PresetSae("Demo SAE", PresetFixture.SaeHash, "layers.4.resid_post"), preset.Sae);
        Assert.Equal(new PresetModel("Demo", PresetFixture.ModelHash, PresetFixture.CodecHash, 50), preset.Model);
        Assert.Equal([new PresetSteer(7, 2.5, "clamp", 0.3), new PresetSteer(9, 0, "ablate", 0.1)], preset.Steers);
        Assert.True(PresetFile.Codes(preset, PresetArms.Baseline).ContentEquals(a));
        Assert.True(PresetFile.Codes(preset, PresetArms.Steered).ContentEquals(c));
    }

    [Theory]
    [InlineData(TakeState.Running, true, true, "X", "running")]
    [InlineData(TakeState.Cancelled, true, true, "X", "cancelled")]
    [InlineData(TakeState.Done, false, true, "X", "steers no feature")]
    [InlineData(TakeState.Done, true, false, "X", "no steered arm")]
    [InlineData(TakeState.Done, true, true, "  ", "name is empty")]
    [InlineData(TakeState.Done, true, true, "two\r\nlines", "line break")]
    [InlineData(TakeState.Done, true, true, "a\u202Eb", "turns the direction")]
    public async Task Only_a_whole_steered_take_is_accepted(TakeState state, bool steered, bool both, string name, string message)
    {
        await using var house = await PresetFixture.OpenAsync();
        var id = Ids.New("take");
        var settings = new TakeSettings { ModelPath = "/m", SaePath = steered ? "/s" : null, Seed = 1, Frames = 12, Steers = steered ? [new TakeSteer(1, 1, "add", 1)] : [] };
        house.Worker.Write(id, settings, state, Codes(1), both ? Codes(2) : null);
        if (state == TakeState.Running)
        {
            // A worker holds it: otherwise it would count as interrupted.
            using var held = Core.Files.FileLock.TryAcquire(new TakeFolder(Path.Combine(house.Root.Takes, id)).LockPath);
            await RefusedAsync(house, id, name, message);
        }
        else
        {
            await RefusedAsync(house, id, name, message);
        }
        await RefusedAsync(house, "../../etc", name, "is not a take id");
        await RefusedAsync(house, Ids.New("take"), name, "does not exist");
        Assert.Empty(house.Presets.List());
    }

    [Fact]
    public async Task Made_again_here_it_is_a_new_take_with_the_same_settings_and_codes()
    {
        await using var house = await PresetFixture.OpenAsync();
        var id = house.Add();
        var preset = PresetFixture.Demo();
        house.Worker.Makes = (PresetFile.Codes(preset, PresetArms.Baseline), PresetFile.Codes(preset, PresetArms.Steered));
        var first = await StartAsync(house, id);
        var second = await StartAsync(house, id);
        Assert.NotEqual(first, second);
        Assert.Equal([first, second], house.Worker.Asked.Select(take => take.Id));
        Assert.NotNull(house.Takes.Find(first));

        var settings = house.Worker.Asked[0].Settings;
        Assert.Equal(("/models/demo", "/saes/demo", preset.Prompt, preset.Seed, 512), (settings.ModelPath, settings.SaePath, settings.Prompt, settings.Seed, settings.Frames));
        Assert.Equal((preset.Guidance, preset.Temperature, preset.TopK, preset.TopP, preset.Rows), (settings.Guidance, settings.Temperature, settings.TopK, settings.TopP, settings.Rows));
        // A preset of layout 1 was made with the longest window.
        Assert.Equal((false, int.MaxValue, null, 0), (settings.Greedy, settings.Window, settings.Stride, settings.Piece));
        Assert.Equal([TakeArms.Baseline, TakeArms.Steered], settings.Arms);
        Assert.Equal(preset.Steers.Select(steer => new TakeSteer(steer.Feature, steer.Strength, steer.Mode, steer.P99)), settings.Steers);

        foreach (var arm in (await CompareAsync(house, id, first)).EnumerateArray())
        {
            Assert.True(arm.GetProperty("same").GetBoolean());
            Assert.Equal(JsonValueKind.Null, arm.GetProperty("firstDifference").ValueKind);
        }
    }

    [Fact]
    public async Task The_first_column_that_differs_is_given_with_its_time()
    {
        await using var house = await PresetFixture.OpenAsync();
        var id = house.Add();
        var preset = PresetFixture.Demo();
        var steered = PresetFile.Codes(preset, PresetArms.Steered);
        steered[3, 75] = (steered[3, 75] + 1) % 1024;
        steered[0, 300] = (steered[0, 300] + 1) % 1024;
        house.Worker.Makes = (PresetFile.Codes(preset, PresetArms.Baseline), steered);
        var arms = await CompareAsync(house, id, await StartAsync(house, id));
        Assert.True(arms[0].GetProperty("same").GetBoolean());
        Assert.Equal((75, 1.5), (arms[1].GetProperty("firstDifference").GetInt32(), arms[1].GetProperty("seconds").GetDouble()));
    }

    [Theory]
    [InlineData(false, true, "model “model”")]
    [InlineData(true, false, "SAE “sae”")]
    public async Task Without_its_model_or_sae_it_is_not_made_and_what_is_missing_is_named(bool model, bool sae, string message)
    {
        await using var house = await PresetFixture.OpenAsync(model: model, sae: sae);
        var answer = await house.Http.PostAsync($"{house.Add()}/takes", null, Stop);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains(message, (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(house.Worker.Asked);
    }

    private static async Task RefusedAsync(PresetFixture house, string take, string name, string message)
    {
        var answer = await house.Http.PostAsJsonAsync("", new { takeId = take, name }, Stop);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(message, (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private static async Task<string> StartAsync(PresetFixture house, string id)
    {
        var answer = await house.Http.PostAsync($"{id}/takes", null, Stop);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("takeId").GetString()!;
    }

    private static async Task<JsonElement> CompareAsync(PresetFixture house, string id, string take) =>
        (await house.Http.GetFromJsonAsync<JsonElement>($"{id}/takes/{take}", Stop)).GetProperty("arms");

    private static CodeGrid Codes(int first)
    {
        var grid = new CodeGrid(4, 12);
        for (var frame = 0; frame < 12; frame++) grid[1, frame] = first + frame;
        return grid;
    }
}
