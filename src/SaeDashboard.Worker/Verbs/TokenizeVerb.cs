using System.CommandLine;
using SaeDashboard.Core.Files;
using SaeDashboard.MusicGen.Text;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Verbs;

/// <summary><c>tokenize</c>: the ids a text becomes.</summary>
internal sealed class TokenizeVerb : Verb
{
    private readonly Option<string?> modelOption = new("--model") { Description = "Model folder whose tokenizer.json is used", HelpName = "dir" };
    private readonly Option<string?> tokenizerOption = new("--tokenizer") { Description = "A tokenizer.json, instead of --model", HelpName = "path" };
    private readonly Option<string?> textOption = new("--text") { HelpName = "text", Description = "One text" };
    private readonly Option<string?> fileOption = new("--file") { Description = "A JSON array of texts, instead of --text", HelpName = "path" };

    public TokenizeVerb() : base("tokenize", "Shows the token ids of a text, or of each text of a file.",
        "tokenize --model demo/model --text \"a calm piano\"")
    {
        Options.Add(modelOption);
        Options.Add(tokenizerOption);
        Options.Add(textOption);
        Options.Add(fileOption);
        Validators.Add(result =>
        {
            if (result.GetResult(modelOption) is null == result.GetResult(tokenizerOption) is null) result.AddError("Give either --model or --tokenizer.");
            if (result.GetResult(textOption) is null == result.GetResult(fileOption) is null) result.AddError("Give either --text or --file.");
        });
    }

    public override VerbResult Run(VerbContext context)
    {
        var path = context.Find(tokenizerOption) ?? Path.Combine(context.Find(modelOption)!, "tokenizer.json");
        using var tokenizer = T5Tokenizer.Load(path);
        if (context.Find(textOption) is { } text)
        {
            var ids = tokenizer.Encode(text);
            return new VerbResult(new { ids }, string.Join(' ', ids));
        }
        var all = JsonFile.Read<string[]>(context.Find(fileOption)!).Select(tokenizer.Encode).ToArray();
        return new VerbResult(new { ids = all }, string.Join('\n', all.Select(ids => string.Join(' ', ids))));
    }

}
