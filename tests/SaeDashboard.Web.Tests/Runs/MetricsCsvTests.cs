using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Runs;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>The series of runs as a table.</summary>
public sealed class MetricsCsvTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Unknown_cells_are_empty_and_what_a_resume_took_back_is_left_out()
    {
        var path = Write("a", """{"step":1,"loss":0.5,"time":7}""", """{"step":2,"loss":null,"nonFinite":["loss"]}""", """{"step":3,"loss":9,"seconds":1e-05}""",
            """{"resumedFrom":2}""", """{"step":2,"columns":512,"heldOutLoss":0.25}""", """{"step":3,"lo""");
        Assert.Equal("step,columns,seconds,loss,time,heldOutLoss\n1,,,0.5,7,\n2,512,,,,0.25\n", await TableAsync(false, ("a", path)));
    }

    [Fact]
    public async Task Several_runs_are_one_table_that_names_them()
    {
        var table = await TableAsync(true, ("a", Write("a", """{"step":1,"loss":0.5}""")), ("b", folder["missing"]), ("c", Write("c", """{"step":2,"l0":3,"loss":0.1}""")));
        Assert.Equal("run,step,columns,seconds,loss,l0\na,1,,,0.5,\nc,2,,,0.1,3\n", table);
    }

    [Fact]
    public async Task Every_number_of_the_file_is_in_the_table_as_it_is_written_there()
    {
        var random = new Random(7);
        var path = folder["run"];
        using (var run = RunFolder.Open(path))
        {
            for (var step = 1; step <= 300; step++)
            {
                if (step == 200) run.MarkResumed(150);
                run.Metric(new { Step = step < 200 ? step : step - 49, Columns = step * 256, Loss = step % 50 == 0 ? double.NaN : Math.Exp(random.NextDouble() * 40 - 20), Seconds = step * 0.1 });
                if (step % 60 == 0) run.Metric(new { Step = step < 200 ? step : step - 49, HeldOutLoss = random.NextDouble() });
            }
        }
        var file = Path.Combine(path, "metrics.jsonl");
        var rows = (await TableAsync(false, ("a", file))).TrimEnd('\n').Split('\n').Select(row => row.Split(',')).ToArray();
        var steps = RunMetrics.Read(file).GroupBy(line => line.GetProperty("step").GetDouble()).ToArray();
        Assert.Equal(steps.Length, rows.Length - 1);
        for (var i = 0; i < steps.Length; i++)
        {
            for (var column = 0; column < rows[0].Length; column++)
            {
                var values = steps[i].Select(line => line.TryGetProperty(rows[0][column], out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : (double?)null);
                if (values.LastOrDefault(value => value is not null) is { } newest) Assert.Equal(newest, double.Parse(rows[i + 1][column], CultureInfo.InvariantCulture));
                else Assert.Equal("", rows[i + 1][column]);
            }
            Assert.All(steps[i].SelectMany(line => line.EnumerateObject()).Where(member => member.Value.ValueKind == JsonValueKind.Number), member => Assert.Contains(member.Name, rows[0]));
        }
    }

    [Fact]
    public async Task A_name_with_commas_quotes_or_a_formula_stays_one_cell()
    {
        var path = Write("a", """{"step":1,"a,b":1,"=1+1":2,"say \"hi\"":3}""");
        Assert.Equal("step,columns,seconds,\"a,b\",'=1+1,\"say \"\"hi\"\"\"\n1,,,1,2,3\n", await TableAsync(false, ("a", path)));
    }

    [Fact]
    public async Task A_damaged_line_is_said_in_its_place_and_the_others_are_unharmed()
    {
        var path = Write("a", """{"step":1,"loss":0.5}""", """{"step":2,""", """{"step":3,"loss":0.25}""");
        var rows = (await TableAsync(false, ("a", path))).TrimEnd('\n').Split('\n');
        Assert.Equal(["step,columns,seconds,loss,problem", "1,,,0.5,"], rows[..2]);
        Assert.StartsWith(",,,,", rows[2], StringComparison.Ordinal);
        Assert.Contains("line 2", rows[2], StringComparison.Ordinal);
        Assert.Equal("3,,,0.25,", rows[3]);
    }

    private string Write(string name, params string[] lines)
    {
        File.WriteAllText(folder[name], string.Join('\n', lines) + (lines[^1].EndsWith('}') ? "\n" : ""));
        return folder[name];
    }

    private static async Task<string> TableAsync(bool named, params (string Run, string Path)[] files)
    {
        await using var writer = new StringWriter(CultureInfo.InvariantCulture);
        await MetricsCsv.WriteAsync(writer, [.. files.Select(file => (file.Run, MetricLine.Read(file.Path)))], named);
        return writer.ToString();
    }
}
